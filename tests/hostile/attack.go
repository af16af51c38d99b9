package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// target is the stack under attack, by its addresses.
type target struct{ catalog, reload, gateway string }

// attack is one way to harm the stack. It runs until ctx is done, and counts what it did.
type attack struct {
	name, what string
	run        func(ctx context.Context, t target, count *counter)
}

var attacks = []attack{
	{"half", "unary messages of 4 MiB that never end", sendHalfMessages},
	{"window", "lists and exports that nobody fetches", fetchNothing},
	{"watch", "1,000 WatchTools, 200 of which are not read", watchTools},
	{"reloads", "20,000 WatchReloads", watchReloads},
	{"idle", "5,000 idle connections to each port", idle},
	{"filter", "32 callers of ListProfiles with a filter that nothing passes", filterProfiles},
	{"check", "32 writers of a definition whose regular expressions are costly to check", writeCostly},
	{"list", "32 readers of a list whose definitions take far more memory than bytes", listDense},
	{"promise", "500 bodies at the gateway that are promised and trickle", promiseBodies},
	{"import", "50 imports of 60 MiB, by REST and by gRPC", importTexts},
	{"gzip", "packed messages of zeros", sendPacked},
	{"bomb", "requests that are costly to parse", sendBombs},
}

// choose answers the attacks that a list of names tells, separated by commas; all without a list.
func choose(names string) ([]attack, error) {
	if names == "" {
		return attacks, nil
	}
	var chosen []attack
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(attacks, func(a attack) bool { return a.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no attack %q; --help lists them", name)
		}
		chosen = append(chosen, attacks[i])
	}
	return chosen, nil
}

// counter counts what an attack did. Thread-safe.
type counter struct {
	mutex  sync.Mutex
	counts map[string]int
}

func (c *counter) add(what string, number int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[what] += number
}

func (c *counter) String() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(c.counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", c.counts[what], what))
	}
	return strings.Join(parts, ", ")
}

// wait waits for a moment, or for the end of ctx.
func wait(ctx context.Context, moment time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(moment):
	}
}

// crowd runs `member` so many times at once, each again and again until ctx is done.
func crowd(ctx context.Context, members int, member func(ctx context.Context, index int)) {
	var running sync.WaitGroup
	for index := range members {
		running.Go(func() {
			for ctx.Err() == nil {
				member(ctx, index)
				wait(ctx, 100*time.Millisecond)
			}
		})
	}
	running.Wait()
}

// connected opens so many connections to an address, each again when it ends, and has `use` work on it.
func connected(ctx context.Context, connections int, address string, fetches bool, count *counter,
	use func(ctx context.Context, c *rawConnection)) {
	crowd(ctx, connections, func(ctx context.Context, _ int) {
		c, err := open(ctx, address, fetches)
		if err != nil {
			count.add("connections refused", 1)
			return
		}
		count.add("connections", 1)
		defer c.close()
		use(ctx, c)
	})
}

// keepOpen keeps so many calls open on the connection until it ends. It makes one each `pace`.
func keepOpen(ctx context.Context, c *rawConnection, calls int, pace time.Duration, count *counter,
	next func(i int) (string, []byte)) {
	for i := 0; ctx.Err() == nil && c.awaitFewer(calls) == nil; i++ {
		method, request := next(i)
		if c.call(method, request) != nil {
			return
		}
		count.add("calls", 1)
		wait(ctx, pace)
	}
}
