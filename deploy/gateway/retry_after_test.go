package main

import (
	"net/http"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestRetryAfterIsSaidWhereWaitingHelps(t *testing.T) {
	for reason, want := range map[string]int{"MEMORY_BUDGET_EXHAUSTED": 1, "QUEUE_FULL": 1, "TOO_MANY_STREAMS": 1, "HOOK_LIMIT": 0} {
		s, err := status.New(codes.ResourceExhausted, "full").WithDetails(&errdetails.ErrorInfo{Reason: reason})
		if err != nil {
			t.Fatal(err)
		}
		if got := retryAfter(s.Err(), http.StatusTooManyRequests); got != want {
			t.Errorf("%s: %d s, want %d s", reason, got, want)
		}
	}
	if got := retryAfter(status.Error(codes.NotFound, "not found"), http.StatusNotFound); got != 0 {
		t.Errorf("NOT_FOUND: %d s, want none", got)
	}
}
