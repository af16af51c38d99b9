package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	minMemoryLimitMiB = 64
	maxMemoryLimitMiB = 64 << 20
	// assumedMemory is that of a machine that does not tell.
	assumedMemory = 4 << 30
)

// setMemoryLimit sets the limit that Go's collector keeps to and returns it in bytes. GOMEMLIMIT, which Go has read by
// itself, wins over the flag; without both the limit follows from what the machine or its control group has.
func setMemoryLimit(flagMiB int64, goMemLimit string, root fs.FS) int64 {
	if goMemLimit != "" {
		if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
			return limit
		}
		// GOMEMLIMIT=off: the collector has no limit, but calls still have their bounds.
		return defaultMemoryLimit(root)
	}
	limit := flagMiB << 20
	if flagMiB == 0 {
		limit = defaultMemoryLimit(root)
	}
	debug.SetMemoryLimit(limit)
	return limit
}

// defaultMemoryLimit is three quarters of what the control group may use. Without such a bound the machine has other
// programs to feed: a quarter of its memory.
func defaultMemoryLimit(root fs.FS) int64 {
	machine := machineMemory(root)
	limit := machine / 4
	if group := cgroupLimit(root); group < machine {
		limit = group / 4 * 3
	}
	return max(limit, minMemoryLimitMiB<<20)
}

func machineMemory(root fs.FS) int64 {
	text, _ := fs.ReadFile(root, "proc/meminfo")
	var kibibytes int64
	if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kibibytes); err != nil {
		return assumedMemory
	}
	return kibibytes << 10
}

// cgroupLimit is the smallest limit of the process's control group and of those above it, math.MaxInt64 if there is
// none. It knows both versions of control groups. In a container the group's own directory is not to be seen under its
// name, only as the root, which is looked at in any case.
func cgroupLimit(root fs.FS) int64 {
	limit := int64(math.MaxInt64)
	text, _ := fs.ReadFile(root, "proc/self/cgroup")
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		number, rest, _ := strings.Cut(lines.Text(), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		switch {
		case number == "0" && controllers == "":
			limit = min(limit, smallestLimit(root, "sys/fs/cgroup", group, "memory.max"))
		case strings.Contains(","+controllers+",", ",memory,"):
			limit = min(limit, smallestLimit(root, "sys/fs/cgroup/memory", group, "memory.limit_in_bytes"))
		}
	}
	return limit
}

// smallestLimit looks at the file in a group's directory and in all above it, up to the mount point.
func smallestLimit(root fs.FS, mount, group, file string) int64 {
	limit := int64(math.MaxInt64)
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		text, _ := fs.ReadFile(root, path.Join(mount, group, file))
		if number, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && number > 0 {
			limit = min(limit, number)
		}
		if group == "/" {
			return limit
		}
	}
}
