package main

import (
	"net/http"
	"strconv"
	"strings"
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
// written. A stream has no such time: it ends when nobody takes anything of it (connection.go). An answer with status 200
// is written in one piece. It gets an entity tag, if it is that of a GET and has none yet; it is not sent to who has it
// already, and else compressed for who wants that.
type answerWriter struct {
	http.ResponseWriter
	request  *http.Request
	memory   *callMemory
	timeouts answerTimeouts
	// start is that of the first write.
	start   time.Time
	written int64
	// onStream, if not nil, is called once a stream has its header: the answer to a HEAD ends there.
	onStream func()
	// begun says that the status is sent.
	begun, streams bool
}

func newAnswerWriter(w http.ResponseWriter, r *http.Request, memory *callMemory, timeouts answerTimeouts) *answerWriter {
	// What is answered now may be another answer in a moment.
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return &answerWriter{ResponseWriter: w, request: r, memory: memory, timeouts: timeouts}
}

// beginStream says that the answer is a stream. Proxies are told to pass on each line as it comes.
func (a *answerWriter) beginStream() {
	a.streams = true
	a.Header().Set("Cache-Control", "no-cache, no-transform")
	a.Header().Set("X-Accel-Buffering", "no")
	a.setDeadline(time.Time{})
}

func (a *answerWriter) WriteHeader(status int) {
	a.begun = true
	a.prolong(0)
	a.ResponseWriter.WriteHeader(status)
}

func (a *answerWriter) Write(text []byte) (int, error) {
	a.prolong(len(text))
	if a.streams {
		return a.ResponseWriter.Write(text)
	}
	a.memory.keep(int64(cap(text))) // what the text has spare is held with it
	if a.begun {
		return a.ResponseWriter.Write(text)
	}
	a.begun = true
	return a.writeWhole(text)
}

// writeWhole writes the whole answer of a call that succeeded.
func (a *answerWriter) writeWhole(text []byte) (int, error) {
	header := a.Header()
	head := a.request.Method == http.MethodHead
	reads := head || a.request.Method == http.MethodGet
	if reads && header.Get("ETag") == "" {
		header.Set("ETag", tagOf(text))
	}
	tag := header.Get("ETag")
	// A strong tag is one of these very bytes, and a condition of changes: it must not name two forms of the answer.
	strong := strings.HasPrefix(tag, `"`)
	if !strong {
		header.Add("Vary", "Accept-Encoding")
	}
	if reads && matchesTag(strings.Join(a.request.Header.Values("If-None-Match"), ","), tag) {
		writeWithoutBody(a.ResponseWriter, http.StatusNotModified)
		return len(text), nil
	}
	// Who takes trailers is promised some by grpc-gateway, which has none to send.
	header.Del("Transfer-Encoding")
	if strong || len(text) < minCompressed || !acceptsGzip(a.request.Header) || !a.memory.take(compressionCost) {
		header.Set("Content-Length", strconv.Itoa(len(text)))
		return a.ResponseWriter.Write(text)
	}
	header.Set("Content-Encoding", "gzip")
	if head {
		a.ResponseWriter.WriteHeader(http.StatusOK)
		return len(text), nil
	}
	return writeCompressed(a.ResponseWriter, text)
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
