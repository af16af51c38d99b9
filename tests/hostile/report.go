package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// report prints what became of the honest client and of the processes, and keeps the verdicts.
type report struct {
	out    io.Writer
	faults int
	// outcomes are lines "passed NAME" or "failed NAME".
	outcomes strings.Builder
}

// verdict prints the faults of something, and keeps whether there are any.
func (r *report) verdict(name string, faults []string) {
	word := "passed"
	for _, fault := range faults {
		word = "failed"
		r.faults++
		fmt.Fprintf(r.out, "FAULT: %s\n", fault)
	}
	fmt.Fprintf(&r.outcomes, "%s %s\n", word, name)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// calls prints two lines for each operation: idle and under attack.
func (r *report) calls(operations []operation, before, during []measurement, allowed float64) {
	fmt.Fprintf(r.out, "\n%-15s %-8s %7s %7s %9s %9s %9s\n", "honest client", "", "calls", "failed", "p50 ms", "p99 ms", "max ms")
	calls, failed := 0, 0
	for i, operation := range operations {
		r.row(operation.name, "idle", before[i])
		r.row("", "attacked", during[i])
		calls += len(during[i].took)
		failed += len(during[i].errors)
	}
	for i, operation := range operations {
		if len(during[i].errors) > 0 {
			fmt.Fprintf(r.out, "first failure of %s: %v\n", operation.name, during[i].errors[0])
		}
	}
	var faults []string
	if float64(failed) > allowed*float64(calls) {
		faults = append(faults, fmt.Sprintf("%d of %d calls of the honest client failed", failed, calls))
	}
	r.verdict("honest client", faults)
}

func (r *report) row(name, when string, m measurement) {
	fmt.Fprintf(r.out, "%-15s %-8s %7d %7d %9.1f %9.1f %9.1f\n", name, when, len(m.took), len(m.errors),
		milliseconds(m.quantile(0.5)), milliseconds(m.quantile(0.99)), milliseconds(m.quantile(1)))
}

func (r *report) memory(processes processList) {
	fmt.Fprintf(r.out, "\n%-15s %9s %9s %9s %9s\n", "memory, MiB", "before", "most", "after", "bound")
	for _, p := range processes {
		fmt.Fprintf(r.out, "%-15s %9d %9d %9d %9d\n", p.name, p.before, p.during, p.after, p.bound)
	}
	for _, p := range processes {
		r.verdict(p.name, p.faults())
	}
}

// newcomer checks that a new client is served.
func (r *report) newcomer(t target) {
	client, err := newHonestClient(t)
	if err != nil {
		r.verdict("newcomer", []string{err.Error()})
		return
	}
	defer client.close()
	var faults []string
	for _, operation := range client.operations() {
		if err := once(operation); err != nil {
			faults = append(faults, fmt.Sprintf("a new client afterwards: %s: %v", operation.name, err))
		}
	}
	r.verdict("newcomer", faults)
}
