// Program fuzz calls every method of running services with requests that are nearly right, and checks what must hold.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"toolcatalog/tests/hostile/calls"
)

const usage = `usage: fuzz --servers HOST:PORT,... [--pids PID,...] [--duration TIME] [--seed N] [--reasons FILE]
       [--inputs FOLDER] [--outcomes FILE]
       fuzz --servers HOST:PORT,... --replay FILE

Calls every method that gRPC servers serve, which it learns by reflection. A request begins as one of seeds.txt; then
fields get wrong values, or bytes are changed. After each call it checks that the processes live, that health is SERVING,
that an error has a reason of docs/errors.md and is no fault of the server, and that the call was answered before its
deadline. Some writes are repeated, and must be answered alike. At the end the log of changes must be whole. The exit code
is 1 if something was wrong. The catalog must be empty at the start, and nobody else may write to it.

  --servers HOST:PORT,...  servers of one stack: catalog, its internal service, reload service (required)
  --pids PID,...           processes that must stay alive
  --duration TIME          how long to call, such as 10m (default: 10s)
  --seed N                 leads to the same random choices again (default: a new one, which is printed)
  --reasons FILE           the page with the reasons of errors (default: docs/errors.md)
  --inputs FOLDER          where calls are written that something was wrong with (default: fuzz-inputs)
  --outcomes FILE          gets a line "passed NAME" or "failed NAME" for each method
  --replay FILE            make the call of a file of that folder again, print what it answers, and check it
  --help                   print this text and exit
`

type settings struct {
	servers, pids             []string
	duration                  time.Duration
	seed                      uint64
	reasons, inputs, outcomes string
	replay                    string
}

func parse(args []string) (settings, error) {
	var s settings
	set := flag.NewFlagSet("fuzz", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	servers := set.String("servers", "", "")
	pids := set.String("pids", "", "")
	set.DurationVar(&s.duration, "duration", 10*time.Second, "")
	set.Uint64Var(&s.seed, "seed", rand.Uint64(), "")
	set.StringVar(&s.reasons, "reasons", "docs/errors.md", "")
	set.StringVar(&s.inputs, "inputs", "fuzz-inputs", "")
	set.StringVar(&s.outcomes, "outcomes", "", "")
	set.StringVar(&s.replay, "replay", "", "")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	if *servers == "" || set.NArg() > 0 {
		return s, errors.New("--servers is required, and nothing else stands alone; see --help")
	}
	s.servers = strings.Split(*servers, ",")
	if *pids != "" {
		s.pids = strings.Split(*pids, ",")
	}
	return s, nil
}

// newFuzzer asks the servers what they serve.
func newFuzzer(s settings) (*fuzzer, error) {
	f := &fuzzer{pids: s.pids, folder: s.inputs, byName: map[string]method{}}
	for _, address := range s.servers {
		server, err := calls.Connect(address)
		if err != nil {
			return nil, err
		}
		f.servers = append(f.servers, server)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	if f.methods, err = discover(ctx, f.servers); err != nil {
		return nil, err
	}
	for _, m := range f.methods {
		f.byName[m.name] = m
	}
	if f.seeds, err = readSeeds(seedText, f.methods); err != nil {
		return nil, err
	}
	f.random = rand.New(rand.NewPCG(s.seed, 0))
	f.listPlaces()
	f.breaker = newBreaker(f.random)
	f.reasons, err = readReasons(s.reasons)
	return f, err
}

func (f *fuzzer) close() {
	for _, server := range f.servers {
		server.Close()
	}
}

// replay makes one call again.
func (f *fuzzer) replay(file string) error {
	sent, err := readInput(file)
	if err != nil {
		return err
	}
	for _, m := range f.methods {
		if m.path == sent.path {
			o := m.send(sent.messages)
			fmt.Printf("%d bytes, %v\n", len(o.answer), o.err)
			f.judge(m, sent, o)
			return nil
		}
	}
	return fmt.Errorf("nobody serves %s", sent.path)
}

func run(s settings) (int, error) {
	f, err := newFuzzer(s)
	if err != nil {
		return 0, err
	}
	defer f.close()
	if s.replay != "" {
		err := f.replay(s.replay)
		return f.faultCount(), err
	}
	fmt.Printf("--seed %d\n", s.seed)
	f.run(s.duration)
	fmt.Printf("%d calls of %d methods, %d of %d fields broken in turn; %d accepted, %d repeated; %d faults\n", f.calls,
		len(f.methods), min(f.next, len(f.places)), len(f.places), f.accepted, f.repeated, f.faultCount())
	if s.outcomes != "" {
		err = f.writeOutcomes(s.outcomes)
	}
	return f.faultCount(), err
}

func main() {
	s, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(usage)
		return
	}
	faults := 0
	if err == nil {
		faults, err = run(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
	}
	if err != nil || faults > 0 {
		os.Exit(1)
	}
}
