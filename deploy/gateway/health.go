package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
)

// healthTimeout keeps the whole answer within a second.
const healthTimeout = 900 * time.Millisecond

type healthReport struct {
	Status   string         `json:"status"`
	Services serviceReports `json:"services"`
}

type serviceReports struct {
	Catalog string `json:"catalog"`
	Reload  string `json:"reload"`
}

// healthHandler asks both services for their health: 200 if both serve, else 503.
func healthHandler(catalog, reload *backend) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, _ map[string]string) {
		ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
		defer cancel()
		answered := make(chan string, 1)
		go func() { answered <- catalog.health(ctx) }()
		services := serviceReports{Reload: reload.health(ctx), Catalog: <-answered}
		report, code := healthReport{"unhealthy", services}, http.StatusServiceUnavailable
		if services.Catalog == "SERVING" && services.Reload == "SERVING" {
			report.Status, code = "healthy", http.StatusOK
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		text, _ := json.Marshal(report)
		w.Write(text)
	}
}

// health is SERVING, NOT_SERVING or UNREACHABLE.
func (b *backend) health(ctx context.Context) string {
	answer, err := grpc_health_v1.NewHealthClient(b.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	switch {
	case err == nil && answer.Status == grpc_health_v1.HealthCheckResponse_SERVING:
		return "SERVING"
	case status.Code(err) == codes.Unavailable || status.Code(err) == codes.DeadlineExceeded:
		return "UNREACHABLE"
	default:
		return "NOT_SERVING"
	}
}
