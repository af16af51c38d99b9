package main

import (
	"context"
	"sync"
	"time"
)

// What a byte of a call costs in memory, at its peak. The costs are measured; they include what is not yet collected.
const (
	// bodyCost: the body's pieces, the text made of them, and the message made of that.
	bodyCost = 3
	// valueCost is for one value of a free object, however short it is: each is a message.
	valueCost = 128
	// answerCost: the message as it came, the message, and its JSON. Short ones cost more (answer_cost.go).
	answerCost = 4
	// streamCost is for a stream as long as it is open: its window, buffers and goroutines.
	streamCost = 512 << 10
)

// smallCall is what a call may take when large calls hold all that they may.
const smallCall = 256 << 10

// memoryBudget bounds what all calls in flight hold together, in bytes: a bound for each call is no bound for a thousand
// of them. An eighth is kept for calls that are small, which a few large ones must not keep out. Safe for concurrent use.
type memoryBudget struct {
	total int64
	// patience bounds the wait for memory that other calls hold. It may be changed until the first call.
	patience time.Duration

	mu   sync.Mutex
	held int64
	// freed is closed and replaced when memory is given back.
	freed chan struct{}
}

func newMemoryBudget(total int64) *memoryBudget {
	return &memoryBudget{total: total, patience: 10 * time.Second, freed: make(chan struct{})}
}

// largest is what one call can have if no other holds anything.
func (b *memoryBudget) largest() int64 { return b.total - b.total/8 }

// callMemory is what one call holds of the budget. It is released when the call ends, however it ends. Nil has no bound.
// Safe for concurrent use.
type callMemory struct {
	budget *memoryBudget
	// held is guarded by the budget's mutex.
	held int64
}

type callMemoryKey struct{}

func withCallMemory(ctx context.Context, budget *memoryBudget) (context.Context, *callMemory) {
	m := &callMemory{budget: budget}
	return context.WithValue(ctx, callMemoryKey{}, m), m
}

func callMemoryOf(ctx context.Context) *callMemory {
	m, _ := ctx.Value(callMemoryKey{}).(*callMemory)
	return m
}

// fits says whether the call could have n bytes more if no other call held any.
func (m *callMemory) fits(n int64) bool {
	if m == nil {
		return true
	}
	m.budget.mu.Lock()
	defer m.budget.mu.Unlock()
	return m.held+n <= m.budget.largest()
}

// take charges n bytes to the call, or nothing and returns false.
func (m *callMemory) take(n int64) bool {
	if m == nil {
		return true
	}
	m.budget.mu.Lock()
	defer m.budget.mu.Unlock()
	return m.tryTake(n)
}

func (m *callMemory) tryTake(n int64) bool {
	bound := m.budget.total
	if m.held+n > smallCall {
		bound = m.budget.largest()
	}
	if m.budget.held+n > bound {
		return false
	}
	m.budget.held += n
	m.held += n
	return true
}

// await takes n bytes as soon as they are free. It returns false when they were not in time.
func (m *callMemory) await(ctx context.Context, n int64) bool {
	if m == nil {
		return true
	}
	timeout := time.NewTimer(m.budget.patience)
	defer timeout.Stop()
	for {
		m.budget.mu.Lock()
		taken, freed := m.tryTake(n), m.budget.freed
		m.budget.mu.Unlock()
		if taken {
			return true
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return false
		case <-timeout.C:
			return false
		}
	}
}

// mustTake charges n bytes although the budget may have less: for what is there already and cannot be refused.
func (m *callMemory) mustTake(n int64) {
	if m == nil {
		return
	}
	m.budget.mu.Lock()
	defer m.budget.mu.Unlock()
	m.budget.held += n
	m.held += n
}

// keep gives back all that the call holds beyond n bytes.
func (m *callMemory) keep(n int64) {
	if m == nil {
		return
	}
	m.budget.mu.Lock()
	defer m.budget.mu.Unlock()
	m.free(m.held - n)
}

// exchange gives back what the call took for something expected, and takes what that came to cost. Of what is missing
// then, nothing is taken and it returns false.
func (m *callMemory) exchange(expected, cost int64) bool {
	if m == nil {
		return true
	}
	m.budget.mu.Lock()
	defer m.budget.mu.Unlock()
	if cost > expected {
		return m.tryTake(cost - expected)
	}
	m.free(expected - cost)
	return true
}

func (m *callMemory) free(n int64) {
	if n <= 0 {
		return
	}
	m.budget.held -= n
	m.held -= n
	close(m.budget.freed)
	m.budget.freed = make(chan struct{})
}

// release gives back all that the call holds.
func (m *callMemory) release() { m.keep(0) }

// limits follow from the memory that the process may use. What calls may not hold is left for connections, for Go
// itself and for what is not yet collected.
type limits struct {
	// calls is the budget for all calls in flight.
	calls int64
	// answer is the largest message that a service may answer.
	answer int
	// connections is how many may be open. Each can hold its headers and its buffers.
	connections int
}

func limitsOf(memory int64) limits {
	l := limits{calls: memory / 8 * 5, connections: int(memory / 4 / maxHeaderBytes)}
	// One large answer must leave room for another, or for what is still being read of one.
	l.answer = int(min(maxMessageBytes, newMemoryBudget(l.calls).largest()/2/answerCost))
	l.connections = min(l.connections, openFiles()-spareFiles, maxConnections)
	return l
}
