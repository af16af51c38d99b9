package main

import (
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
)

// machine is one with 8 GiB and the files given.
func machine(files ...string) fstest.MapFS {
	root := fstest.MapFS{"proc/meminfo": {Data: []byte("MemTotal:        8388608 kB\nMemFree:  1 kB\n")}}
	for i := 0; i < len(files); i += 2 {
		root[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return root
}

func TestTheMemoryLimitFollowsFromTheMachine(t *testing.T) {
	const gib = 1 << 30
	for what, test := range map[string]struct {
		root fstest.MapFS
		want int64
	}{
		"a machine":             {machine(), 2 * gib},
		"nothing known":         {fstest.MapFS{}, gib},
		"a group of version 2":  {machine("proc/self/cgroup", "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max", "1073741824\n"), 3 * gib / 4},
		"the group above it":    {machine("proc/self/cgroup", "0::/a/b\n", "sys/fs/cgroup/a/memory.max", "1073741824\n", "sys/fs/cgroup/a/b/memory.max", "max\n"), 3 * gib / 4},
		"a container":           {machine("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "1073741824\n"), 3 * gib / 4},
		"a container's outside": {machine("proc/self/cgroup", "0::/../../x\n", "sys/fs/cgroup/memory.max", "1073741824\n"), 3 * gib / 4},
		"no limit":              {machine("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "max\n"), 2 * gib},
		"a group of version 1": {machine("proc/self/cgroup", "5:cpu:/\n4:memory:/a\n0::/\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes",
			"1073741824\n"), 3 * gib / 4},
		"no limit, version 1": {machine("proc/self/cgroup", "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes",
			"9223372036854771712\n"), 2 * gib},
		"more than the machine has": {machine("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "99999999999\n"), 2 * gib},
		"very little":               {machine("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "1048576\n"), 64 << 20},
		"nonsense":                  {machine("proc/self/cgroup", "::::\nx\n", "sys/fs/cgroup/memory.max", "?"), 2 * gib},
	} {
		if got := defaultMemoryLimit(test.root); got != test.want {
			t.Errorf("%s: %d, want %d", what, got, test.want)
		}
	}
}

func TestBoundsFollowFromTheMemoryLimit(t *testing.T) {
	small, large := limitsOf(64<<20), limitsOf(math.MaxInt64/8)
	if small.calls != 40<<20 || small.answer >= maxMessageBytes || small.connections != 128 {
		t.Errorf("of 64 MiB: %+v", small)
	}
	if large.answer != maxMessageBytes || large.connections > maxConnections {
		t.Errorf("of very much: %+v", large)
	}
	// A gateway of 1 GiB takes the largest import.
	if got := newMemoryBudget(limitsOf(1 << 30).calls).largest(); got < maxImportBody*bodyCost {
		t.Errorf("of 1 GiB: a call may have %d bytes", got)
	}
}

// Which of the flag, the environment and the default wins shows in what the process says of itself.
func TestTheProcessKeepsToItsMemoryLimit(t *testing.T) {
	for _, test := range []struct{ flag, environment, want string }{
		{"256", "", `"calls_mib":160`}, {"256", "512MiB", `"calls_mib":320`}, {"", "512MiB", `"calls_mib":320`},
	} {
		process := exec.Command(os.Args[0], "--listen", "127.0.0.1:0", "--catalog", "127.0.0.1:1", "--reload", "127.0.0.1:1")
		if test.flag != "" {
			process.Args = append(process.Args, "--memory-limit-mib", test.flag)
		}
		process.Env = append(os.Environ(), asGateway+"=1", "GOMEMLIMIT="+test.environment)
		log := &lines{}
		process.Stderr = log
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, "the serving line", func() bool { return strings.Contains(log.String(), `"msg":"serving"`) })
		process.Process.Signal(os.Interrupt)
		process.Wait()
		if !strings.Contains(log.String(), test.want) {
			t.Errorf("%+v: %s", test, log)
		}
	}
}
