package main

import (
	"context"
	"sync"
	"testing"
	"time"
)

func startCall(b *memoryBudget) *callMemory {
	_, m := withCallMemory(context.Background(), b)
	return m
}

func TestTheBudgetIsForAllCallsTogether(t *testing.T) {
	b := newMemoryBudget(80 << 20)
	large, other := startCall(b), startCall(b)
	if !large.take(50<<20) || other.take(30<<20) || !other.take(20<<20) {
		t.Errorf("held %d of %d", b.held, b.total)
	}
	if !other.fits(50<<20) || other.fits(51<<20) {
		t.Error("a call fits as if others held something")
	}
	// What large calls leave over is for small ones, until that is used up too.
	var small []*callMemory
	for {
		m := startCall(b)
		if !m.take(smallCall) {
			break
		}
		small = append(small, m)
	}
	if want := (10 << 20) / smallCall; len(small) != want {
		t.Errorf("%d small calls, want %d", len(small), want)
	}
	large.keep(60 << 20)
	large.keep(1 << 20)
	if b.held != b.total-(49<<20) {
		t.Errorf("held %d", b.held)
	}
	large.mustTake(100 << 20)
	for _, m := range append(small, large, other) {
		m.release()
		m.release()
	}
	if b.held != 0 {
		t.Errorf("held %d after all calls", b.held)
	}
}

func TestACallTakesTheDifferenceToWhatItExpected(t *testing.T) {
	b := newMemoryBudget(80 << 20)
	m, other := startCall(b), startCall(b)
	if !m.take(10<<20) || !m.exchange(10<<20, 4<<20) || b.held != 4<<20 {
		t.Errorf("held %d", b.held)
	}
	if !m.exchange(4<<20, 20<<20) || b.held != 20<<20 || !other.take(40<<20) || m.exchange(20<<20, 40<<20) || b.held != 60<<20 {
		t.Errorf("held %d", b.held)
	}
}

func TestACallAwaitsMemory(t *testing.T) {
	b := newMemoryBudget(80 << 20)
	first := startCall(b)
	first.take(70 << 20)
	var waiting sync.WaitGroup
	for range 10 {
		waiting.Go(func() {
			m := startCall(b)
			defer m.release()
			if !m.await(context.Background(), 60<<20) {
				t.Error("memory that was given back was not taken")
			}
		})
	}
	first.release()
	waiting.Wait()
	if b.held != 0 {
		t.Errorf("held %d", b.held)
	}
}

func TestACallDoesNotAwaitMemoryForEver(t *testing.T) {
	b := newMemoryBudget(80 << 20)
	b.patience = 20 * time.Millisecond
	first, second := startCall(b), startCall(b)
	first.take(70 << 20)
	if second.await(context.Background(), 60<<20) {
		t.Error("took what was not there")
	}
	b.patience = time.Hour
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if second.await(gone, 60<<20) || b.held != 70<<20 {
		t.Errorf("held %d", b.held)
	}
}
