package main

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"
)

// logAccess gives each request an id, unless it has one, answers it as a header and writes one log line a request.
func logAccess(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := r.Header.Get(requestIDHeader)
		if id == "" || !isMetadataValue(id) {
			id = rand.Text()
		}
		r.Header.Set(requestIDHeader, id)
		w.Header().Set(requestIDHeader, id)
		response := &recorder{ResponseWriter: w}
		defer func() {
			log.Info("request", "request_id", id, "method", r.Method, "path", r.URL.Path, "status", response.status,
				"bytes", response.bytes, "duration_ms", float64(time.Since(start).Microseconds())/1000,
				"peer", r.RemoteAddr, "actor", r.Header.Get(actorHeader), "unread", response.unread)
		}()
		next.ServeHTTP(response, r)
	})
}

// recorder remembers what was answered. The first status counts: a stream has sent its own before an error comes.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	// unread says that the answer ended because nobody read it in time.
	unread bool
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
		r.ResponseWriter.WriteHeader(status)
	}
}

func (r *recorder) Write(text []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	n, err := r.ResponseWriter.Write(text)
	r.bytes += int64(n)
	r.unread = r.unread || errors.Is(err, os.ErrDeadlineExceeded)
	return n, err
}

// Unwrap lets http.ResponseController reach Flush and the deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
