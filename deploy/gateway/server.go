package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	// maxHeaderBytes has room for 1,000 names in the query of a watch.
	maxHeaderBytes = 128 << 10
	// drainDeadline bounds the time that calls in flight get after SIGTERM.
	drainDeadline = 3 * time.Second
)

// server serves HTTP until it is told to stop, then drains. It owns the connections to both services.
type server struct {
	log         *slog.Logger
	backends    []*backend
	api         *api
	connections int
	// allowedHosts and origins as in settings.
	allowedHosts, origins []string
	// endStreams ends every stream that is open or is opened later.
	endStreams context.CancelFunc
}

// settings are what a server needs to know.
type settings struct {
	// catalog and reload are the addresses of the services.
	catalog, reload string
	// allowedHosts are those that requests may name; none = all, or on a loopback address this machine's own.
	allowedHosts []string
	// origins are those whose pages may use the API.
	origins []string
	limits  limits
}

func newServer(settings settings, log *slog.Logger) (*server, error) {
	draining, endStreams := context.WithCancel(context.Background())
	catalog, err := newBackend("catalog", settings.catalog, settings.limits.answer, draining, log)
	if err != nil {
		endStreams()
		return nil, err
	}
	reload, err := newBackend("reload", settings.reload, settings.limits.answer, draining, log)
	if err != nil {
		endStreams()
		catalog.close()
		return nil, err
	}
	s := &server{
		log:          log,
		backends:     []*backend{catalog, reload},
		connections:  settings.limits.connections,
		allowedHosts: settings.allowedHosts,
		origins:      settings.origins,
		endStreams:   endStreams,
	}
	api, err := newAPI(catalog, reload, newMemoryBudget(settings.limits.calls), log)
	if err != nil {
		s.close()
		return nil, err
	}
	s.api = api
	return s, nil
}

// serve answers requests on listener until stop is done; then it ends the streams and gives calls in flight time until
// the drain deadline. It closes the server.
func (s *server) serve(stop context.Context, listener net.Listener) error {
	defer s.close()
	s.api.guard, s.api.cors = newGuard(s.allowedHosts, s.origins, listener.Addr()), newCORS(s.origins)
	httpServer := &http.Server{
		Handler:           logAccess(s.log, s.api),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       markCrowded,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	bounded := &boundedListener{
		Listener: listener, max: int64(s.connections), stall: s.api.answerTimeouts.stall, log: s.log,
	}
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(bounded) }()
	s.log.Info("serving", "address", listener.Addr().String(), "calls_mib", s.api.budget.total>>20,
		"connections", s.connections)
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	s.log.Info("draining")
	s.endStreams()
	deadline, cancel := context.WithTimeout(context.Background(), drainDeadline)
	defer cancel()
	if err := httpServer.Shutdown(deadline); errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("calls were still in flight at the drain deadline")
		httpServer.Close()
	}
	s.log.Info("stopped")
	return nil
}

func (s *server) close() {
	s.endStreams()
	for _, backend := range s.backends {
		backend.close()
	}
}
