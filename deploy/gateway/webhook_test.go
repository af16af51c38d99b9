package main

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

func TestAWebhookIsPassedOnByteByByte(t *testing.T) {
	s := startStack(t)
	s.reload.answer("ReceiveWebhook", &pb.TriggerReloadResponse{Success: true, Event: &pb.ReloadEvent{EventId: 7}}, nil)
	for _, body := range []string{
		"", " \r\n{ \"tool_name\" :\t\"grep\" , \"x\":1.0, \"x\":2 }\n", "caf\u00e9 \xff\x00", "not JSON", strings.Repeat("[", 100),
		strings.Repeat("x", maxRawBody),
	} {
		got := s.do(t, "POST", webhookTemplate, body, "X-Timestamp", "1700000000", "X-Signature-256", "sha256=00",
			"Content-Type", "application/x-www-form-urlencoded", "X-Request-Id", "id-1")
		got.expect(t, 200, `"success":true`, `"event_id":"7"`, `"tool_names":[]`)
		if contentType := got.header.Get("Content-Type"); contentType != "application/json" {
			t.Errorf("content type %q", contentType)
		}
		request, call := onlyCall[*pb.ReceiveWebhookRequest](t, s.reload)
		if string(request.Body) != body || request.Timestamp != "1700000000" || request.Signature != "sha256=00" {
			t.Errorf("%.50q: received %.200v", body, request)
		}
		if id := call.metadata.Get("x-request-id"); len(id) != 1 || id[0] != "id-1" || len(call.metadata.Get("x-forwarded-for")) != 1 {
			t.Errorf("metadata %v", call.metadata)
		}
		if call.deadline <= 0 {
			t.Error("the call has no deadline")
		}
	}
}

func TestAWebhookWithoutItsHeadersIsForTheServiceToRefuse(t *testing.T) {
	s := startStack(t)
	s.reload.answer("ReceiveWebhook", nil, status.Error(codes.Unauthenticated, "signature: is missing"))
	s.do(t, "POST", webhookTemplate, "{}").expectError(t, http.StatusUnauthorized, "signature: is missing")
	request, _ := onlyCall[*pb.ReceiveWebhookRequest](t, s.reload)
	if request.Timestamp != "" || request.Signature != "" {
		t.Errorf("received %v", request)
	}
	s.reload.answer("ReceiveWebhook", nil, status.Error(codes.AlreadyExists, "signature: has been accepted before"))
	s.do(t, "POST", webhookTemplate, "{}").expectError(t, http.StatusConflict, "accepted before")
}

func TestAWebhookThatCannotBePassedOnIsRefused(t *testing.T) {
	s := startStack(t)
	s.do(t, "POST", webhookTemplate, strings.Repeat("x", maxRawBody+1)).expectError(t, 413, "body", "1048576")
	s.do(t, "POST", webhookTemplate+"?tool_name=grep", "{}").expectError(t, 400, `unknown parameter "tool_name"`)
	s.do(t, "POST", webhookTemplate, "{}", "X-Signature-256", "caf\u00e9").expectError(t, 400, "header X-Signature-256")
	s.do(t, "POST", webhookTemplate, "{}", "X-Timestamp", strings.Repeat("1", 3000)).expectError(t, 400, "header X-Timestamp")
	s.do(t, "GET", webhookTemplate, "").expectError(t, 405)
	if calls := s.reload.takeCalls(); len(calls) != 0 {
		t.Errorf("received %v", calls)
	}
}

func TestADeletedHookIs204(t *testing.T) {
	s := startStack(t)
	got := s.do(t, "DELETE", tools+"/reload/hooks/ci", "")
	if got.status != 204 || got.body != "" {
		t.Errorf("status %d, body %q", got.status, got.body)
	}
	if request, _ := onlyCall[*pb.DeleteHookRequest](t, s.reload); request.Name != "ci" {
		t.Errorf("received %v", request)
	}
	s.do(t, "POST", tools+"/reload/hooks", `{"name":"ci","triggers":["manual"]}`).expect(t, 200, `"name"`)
	request, _ := onlyCall[*pb.CreateHookRequest](t, s.reload)
	if request.Hook.GetName() != "ci" || len(request.Hook.GetTriggers()) != 1 {
		t.Errorf("received %v", request)
	}
	s.do(t, "PUT", tools+"/reload/periodic", `{"enabled":true,"interval_seconds":60}`).expect(t, 200)
	if periodic, _ := onlyCall[*pb.SetPeriodicReloadRequest](t, s.reload); !periodic.Enabled || periodic.IntervalSeconds != 60 {
		t.Errorf("received %v", periodic)
	}
}
