package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
)

// healthTimeout keeps the whole answer within a second.
const healthTimeout = 900 * time.Millisecond

const serving = "SERVING"

type healthReport struct {
	Status   string         `json:"status"`
	Services serviceReports `json:"services"`
}

type serviceReports struct {
	Catalog string `json:"catalog,omitempty"`
	Reload  string `json:"reload,omitempty"`
}

// probeTemplates are the paths that tell of health.
var probeTemplates = []string{healthTemplate, readyTemplate, liveTemplate}

// serviceParameter is the query parameter of the readiness path.
const serviceParameter = "service"

// readyHandler asks both services for their health, or the one that the query names: 200 if they serve, else 503.
func (a *api) readyHandler(catalog, reload *backend) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, _ map[string]string) {
		ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
		defer cancel()
		wanted := r.URL.Query().Get(serviceParameter)
		if !slices.Contains([]string{"", "catalog", "reload"}, wanted) {
			a.fail(w, r, badParameter(serviceParameter, "must be catalog or reload, got %.100q", wanted))
			return
		}
		var services serviceReports
		var asking sync.WaitGroup
		if wanted != "reload" {
			asking.Go(func() { services.Catalog = catalog.health(ctx) })
		}
		if wanted != "catalog" {
			asking.Go(func() { services.Reload = reload.health(ctx) })
		}
		asking.Wait()
		report, code := healthReport{"healthy", services}, http.StatusOK
		if services.Catalog != "" && services.Catalog != serving || services.Reload != "" && services.Reload != serving {
			report.Status, code = "unhealthy", http.StatusServiceUnavailable
		}
		text, _ := json.Marshal(report)
		answerProbe(w, code, text)
	}
}

// liveHandler answers as long as the gateway itself does: restarting it helps no service that is away.
func liveHandler(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
	answerProbe(w, http.StatusOK, []byte(`{"status":"healthy"}`))
}

func answerProbe(w http.ResponseWriter, code int, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(code)
	w.Write(text)
}

// health is SERVING, NOT_SERVING or UNREACHABLE.
func (b *backend) health(ctx context.Context) string {
	answer, err := grpc_health_v1.NewHealthClient(b.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	switch {
	case err == nil && answer.Status == grpc_health_v1.HealthCheckResponse_SERVING:
		return serving
	case status.Code(err) == codes.Unavailable || status.Code(err) == codes.DeadlineExceeded:
		return "UNREACHABLE"
	default:
		return "NOT_SERVING"
	}
}
