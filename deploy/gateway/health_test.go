package main

import (
	"net"
	"testing"
	"time"

	"google.golang.org/grpc/health/grpc_health_v1"
)

func TestHealthShowsBothServices(t *testing.T) {
	s := startStack(t)
	got := s.do(t, "GET", tools+"/health", "")
	if got.status != 200 || got.body != `{"status":"healthy","services":{"catalog":"SERVING","reload":"SERVING"}}` {
		t.Errorf("got %d %s", got.status, got.body)
	}
	s.reload.health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	got = s.do(t, "GET", tools+"/health", "")
	if got.status != 503 || got.body != `{"status":"unhealthy","services":{"catalog":"SERVING","reload":"NOT_SERVING"}}` {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestHealthAnswersWithinASecondWhenServicesDoNot(t *testing.T) {
	// Accepts connections and never says a word.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s := &stack{catalog: newFake(), reload: newFake()}
	s.catalog.address, s.reload.address = silent.Addr().String(), closedAddress(t)
	s.serve(t)
	start := time.Now()
	got := s.do(t, "GET", tools+"/health", "")
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
	if got.status != 503 ||
		got.body != `{"status":"unhealthy","services":{"catalog":"UNREACHABLE","reload":"UNREACHABLE"}}` {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// closedAddress is an address that nobody listens on.
func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	return listener.Addr().String()
}
