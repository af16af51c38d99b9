// Program hostile attacks a running stack while an honest client works, and says what became of both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const usage = `usage: hostile --catalog HOST:PORT --reload HOST:PORT --gateway HOST:PORT [--process NAME=PID[:MIB]...]
       [--attacks NAME,...] [--duration TIME] [--idle TIME] [--settle TIME] [--tools N] [--failures SHARE]
       [--outcomes FILE]

Attacks a stack from 127.0.0.2 while one honest client at 127.0.0.1 reads a profile, reads a tool and writes a tool every
50 ms, by REST and by gRPC. Prints what the honest client's calls took before and meanwhile, and the memory of each
process. tests/hostile/run starts a stack for it. Times are written as in 90s.

The exit code is 1 if a process died or had more memory than its bound, if more than the allowed share of the honest
client's calls failed, or if a new honest client is not served afterwards.

  --catalog, --reload, --gateway  addresses of the stack (required)
  --process NAME=PID[:MIB]        a process of the stack whose memory is watched, with its bound; may be repeated. The
                                  attack ends at once if one dies or breaks its bound
  --attacks NAME,...              attacks to make, all at once (default: every one of those below)
  --duration TIME                 how long they last (default: 60s)
  --idle TIME                     how long the honest client is measured before (default: 10s)
  --settle TIME                   how long to wait before the memory afterwards is read (default: 30s)
  --tools N                       so many tools are in the catalog (default: 2000)
  --failures SHARE                the share of the honest client's calls that may fail (default: 0.01)
  --outcomes FILE                 gets a line "passed NAME" or "failed NAME" for each process and client
  --help                          print this text and exit

Attacks:

`

type settings struct {
	target                 target
	processes              processList
	attacks                []attack
	duration, idle, settle time.Duration
	tools                  int
	failures               float64
	outcomes               string
}

func parse(args []string) (settings, error) {
	var s settings
	set := flag.NewFlagSet("hostile", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&s.target.catalog, "catalog", "", "")
	set.StringVar(&s.target.reload, "reload", "", "")
	set.StringVar(&s.target.gateway, "gateway", "", "")
	set.Var(&s.processes, "process", "")
	names := set.String("attacks", "", "")
	set.DurationVar(&s.duration, "duration", time.Minute, "")
	set.DurationVar(&s.idle, "idle", 10*time.Second, "")
	set.DurationVar(&s.settle, "settle", 30*time.Second, "")
	set.IntVar(&s.tools, "tools", 2000, "")
	set.Float64Var(&s.failures, "failures", 0.01, "")
	set.StringVar(&s.outcomes, "outcomes", "", "")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	if s.target.catalog == "" || s.target.reload == "" || s.target.gateway == "" || set.NArg() > 0 {
		return s, errors.New("--catalog, --reload and --gateway are required, and nothing else stands alone; see --help")
	}
	var err error
	s.attacks, err = choose(*names)
	return s, err
}

func main() {
	s, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(usage)
		for _, a := range attacks {
			fmt.Printf("  %-10s %s\n", a.name, a.what)
		}
		return
	}
	faults := 0
	if err == nil {
		faults, err = run(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
	}
	if err != nil || faults > 0 {
		os.Exit(1)
	}
}

// run makes the attack and answers how many faults it found.
func run(s settings) (int, error) {
	honest, err := newHonestClient(s.target)
	if err != nil {
		return 0, err
	}
	defer honest.close()
	preparing, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := honest.prepare(preparing, s.tools); err != nil {
		return 0, err
	}
	idling, cancel := context.WithTimeout(context.Background(), s.idle)
	defer cancel()
	before := measure(idling, honest.operations())
	for _, p := range s.processes {
		p.before, _ = p.memory()
	}
	during := underAttack(s, honest)
	time.Sleep(s.settle) // what is measured is what is left after this time
	for _, p := range s.processes {
		p.after, _ = p.memory()
	}
	r := report{out: os.Stdout}
	r.calls(honest.operations(), before, during, s.failures)
	r.memory(s.processes)
	r.newcomer(s.target)
	fmt.Printf("\n%d faults\n", r.faults)
	if s.outcomes != "" {
		err = os.WriteFile(s.outcomes, []byte(r.outcomes.String()), 0o644)
	}
	return r.faults, err
}

// underAttack measures the honest client while the attacks run.
func underAttack(s settings, honest *honestClient) []measurement {
	attacking, cancel := context.WithTimeout(context.Background(), s.duration)
	defer cancel()
	stop := make(chan struct{})
	var watching, running sync.WaitGroup
	watching.Go(func() { s.processes.watch(stop, cancel) })
	counts := make([]counter, len(s.attacks))
	for i, a := range s.attacks {
		running.Go(func() { a.run(attacking, s.target, &counts[i]) })
	}
	during := measure(attacking, honest.operations())
	running.Wait()
	close(stop)
	watching.Wait()
	for i, a := range s.attacks {
		fmt.Printf("%-10s %s\n", a.name, &counts[i])
	}
	return during
}
