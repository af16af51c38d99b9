package main

import (
	"net/http"
	"time"
)

// answerTimeouts bound the time in which answers must be read.
type answerTimeouts struct {
	// unary is the time that an answer gets besides that for its size, at rate bytes a second.
	unary time.Duration
	rate  int64
	// stall is the time after which a stream ends of which nobody takes anything.
	stall time.Duration
}

var defaultAnswerTimeouts = answerTimeouts{unary: 30 * time.Second, rate: 256 << 10, stall: 30 * time.Second}

// answerWriter gives an answer a time in which it must be read, and the call's memory back except for what is being
// written. A stream has no such time: it ends when nobody takes anything of it (connection.go).
type answerWriter struct {
	http.ResponseWriter
	memory   *callMemory
	timeouts answerTimeouts
	// start is that of the first write.
	start   time.Time
	written int64
	streams bool
}

func newAnswerWriter(w http.ResponseWriter, memory *callMemory, timeouts answerTimeouts) *answerWriter {
	return &answerWriter{ResponseWriter: w, memory: memory, timeouts: timeouts}
}

// beginStream says that the answer is a stream.
func (a *answerWriter) beginStream() {
	a.streams = true
	a.setDeadline(time.Time{})
}

func (a *answerWriter) WriteHeader(status int) {
	a.prolong(0)
	a.ResponseWriter.WriteHeader(status)
}

func (a *answerWriter) Write(text []byte) (int, error) {
	a.prolong(len(text))
	if !a.streams {
		a.memory.keep(int64(cap(text))) // what the text has spare is held with it
	}
	return a.ResponseWriter.Write(text)
}

func (a *answerWriter) prolong(bytes int) {
	if a.streams {
		return
	}
	if a.start.IsZero() {
		a.start = time.Now()
	}
	a.written += int64(bytes)
	forSize := time.Duration(float64(a.written) / float64(a.timeouts.rate) * float64(time.Second))
	a.setDeadline(a.start.Add(a.timeouts.unary + forSize))
}

func (a *answerWriter) setDeadline(deadline time.Time) {
	http.NewResponseController(a.ResponseWriter).SetWriteDeadline(deadline)
}

// Unwrap lets http.ResponseController reach Flush and the deadlines.
func (a *answerWriter) Unwrap() http.ResponseWriter { return a.ResponseWriter }
