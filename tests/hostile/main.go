// Program hostile attacks a running stack while an honest client works, and says what became of both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
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
  --only-attack                   make the attacks and nothing else, until the time is over or SIGINT comes
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
	onlyAttack             bool
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
	set.BoolVar(&s.onlyAttack, "only-attack", false, "")
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
	switch {
	case err != nil:
	case s.onlyAttack:
		attackAll(s)
	default:
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
	during, err := underAttack(s, honest)
	if err != nil {
		return 0, err
	}
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

// underAttack measures the honest client while a process of its own makes the attacks: what attackers do with their
// memory and goroutines must not slow the honest client down.
func underAttack(s settings, honest *honestClient) ([]measurement, error) {
	attacking, cancel := context.WithTimeout(context.Background(), s.duration)
	defer cancel()
	attackers := exec.CommandContext(attacking, os.Args[0], append(os.Args[1:], "--only-attack")...)
	attackers.Stdout, attackers.Stderr = os.Stdout, os.Stderr
	attackers.Cancel = func() error { return attackers.Process.Signal(os.Interrupt) }
	attackers.WaitDelay = 10 * time.Second
	if err := attackers.Start(); err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { s.processes.watch(stop, cancel) })
	during := measure(attacking, honest.operations())
	attackers.Wait() // how attackers end says nothing
	close(stop)
	watching.Wait()
	return during, nil
}

// attackAll makes the attacks, and prints what each of them did.
func attackAll(s settings) {
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	attacking, cancel := context.WithTimeout(interrupted, s.duration)
	defer cancel()
	counts := make([]counter, len(s.attacks))
	var running sync.WaitGroup
	for i, a := range s.attacks {
		running.Go(func() { a.run(attacking, s.target, &counts[i]) })
	}
	running.Wait()
	for i, a := range s.attacks {
		fmt.Printf("%-10s %s\n", a.name, &counts[i])
	}
}
