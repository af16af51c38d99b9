package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// process is a process of the stack whose memory is watched.
type process struct {
	name string
	pid  int
	// bound is how much memory it may have, in MiB; 0 for any.
	bound int
	// before, during and after are its memory in MiB: at the end of the idle time, the most under attack, and at the end.
	before, during, after int
	// died says when the process was gone, since the start of the attack.
	died time.Duration
}

// processList is the flag --process, which may be given several times.
type processList []*process

func (l *processList) String() string { return "" }

func (l *processList) Set(value string) error {
	name, rest, _ := strings.Cut(value, "=")
	pid, bound, bounded := strings.Cut(rest, ":")
	p := process{name: name}
	var err error
	if p.pid, err = strconv.Atoi(pid); err == nil && bounded {
		p.bound, err = strconv.Atoi(bound)
	}
	if err != nil || name == "" {
		return fmt.Errorf("%q is not NAME=PID or NAME=PID:MIB", value)
	}
	*l = append(*l, &p)
	return nil
}

// memory is what the process has in memory, in MiB; false if the process is gone.
func (p *process) memory() (int, bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "VmRSS:" {
			kib, err := strconv.Atoi(fields[1])
			return kib >> 10, err == nil
		}
	}
	return 0, false // only the remains of a process have no memory
}

// faults are the reasons why a process makes the attack a success.
func (p *process) faults() []string {
	var faults []string
	if p.died > 0 {
		faults = append(faults, fmt.Sprintf("%s died %.1f s after the attack began", p.name, p.died.Seconds()))
	}
	if p.bound > 0 && p.during > p.bound {
		faults = append(faults, fmt.Sprintf("%s had %d MiB, more than its %d MiB", p.name, p.during, p.bound))
	}
	return faults
}

// watch notes the most memory of the processes until `stop` is closed. It calls `fallen` once if a process died or broke
// its bound.
func (l processList) watch(stop <-chan struct{}, fallen func()) {
	begin, once := time.Now(), sync.Once{}
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		for _, p := range l {
			memory, alive := p.memory()
			if !alive && p.died == 0 {
				p.died = time.Since(begin)
			}
			p.during = max(p.during, memory)
			if len(p.faults()) > 0 {
				once.Do(fallen)
			}
		}
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
	}
}
