package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/anypb"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

func TestSuccessStatuses(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("CreateTool", &pb.Tool{ToolName: "x", Etag: "7-ab"}, nil)
	created := s.do(t, "POST", tools, "{}").expect(t, 201, `"tool_name":"x"`)
	if got := created.header.Get("ETag"); got != `"7-ab"` {
		t.Errorf("ETag %s", got)
	}
	deleted := s.do(t, "DELETE", tools+"/x", "")
	if deleted.status != 204 || deleted.body != "" || deleted.header.Get("Content-Type") != "" {
		t.Errorf("delete answered %+v", deleted)
	}
	s.do(t, "POST", tools+"/reload", "").expect(t, 200)
	s.do(t, "POST", tools+"/import", "").expect(t, 200)
}

func TestETagAndIfNoneMatch(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("GetTool", &pb.GetToolResponse{Tool: &pb.Tool{ToolName: "x", Etag: "7-ab"}}, nil)
	for _, test := range []struct {
		condition string
		status    int
	}{
		{"", 200}, {`"7-ab"`, 304}, {`W/"7-ab"`, 304}, {`*`, 304}, {`"1", "7-ab"`, 304}, {`"7-a"`, 200}, {`7-ab`, 200},
	} {
		got := s.do(t, "GET", tools+"/x", "", "If-None-Match", test.condition)
		if got.status != test.status || got.header.Get("ETag") != `"7-ab"` {
			t.Errorf("%s: status %d, ETag %s", test.condition, got.status, got.header.Get("ETag"))
		}
		if (got.body == "") != (got.status == 304) {
			t.Errorf("%s: status %d with body %q", test.condition, got.status, got.body)
		}
	}
	// A profile's answer changes without its tool, so the tool's tag is not its own.
	s.reload.answer("GetProfile", &pb.Profile{Tool: &pb.Tool{Etag: "7-ab"}}, nil)
	got := s.do(t, "GET", "/api/v1/profiles/x", "", "If-None-Match", "*").expect(t, 200)
	if got.header.Get("ETag") != "" {
		t.Errorf("a profile has ETag %s", got.header.Get("ETag"))
	}
}

func TestGRPCStatusesBecomeHTTPStatuses(t *testing.T) {
	s := startStack(t)
	mismatch := &errdetails.ErrorInfo{Reason: "ETAG_MISMATCH", Domain: "toolcatalog"}
	for _, test := range []struct {
		code   codes.Code
		detail protoadapt.MessageV1
		want   int
	}{
		{codes.InvalidArgument, nil, 400}, {codes.OutOfRange, nil, 400}, {codes.FailedPrecondition, nil, 400},
		{codes.Unauthenticated, nil, 401}, {codes.PermissionDenied, nil, 403}, {codes.NotFound, nil, 404},
		{codes.AlreadyExists, nil, 409}, {codes.Aborted, nil, 409},
		{codes.Aborted, protoadapt.MessageV1Of(mismatch), 412}, {codes.ResourceExhausted, nil, 429},
		{codes.Internal, nil, 500}, {codes.Unavailable, nil, 503}, {codes.DeadlineExceeded, nil, 504},
	} {
		failure := status.New(test.code, "tool \"x\": some rule")
		if test.detail != nil {
			failure, _ = failure.WithDetails(test.detail)
		}
		s.catalog.answer("UpdateTool", nil, failure.Err())
		got := s.do(t, "PUT", tools+"/x", `{"description":"d"}`)
		got.expectError(t, test.want, "some rule")
	}
}

func TestErrorDetailsAreJSON(t *testing.T) {
	s := startStack(t)
	failure, err := status.New(codes.InvalidArgument, "page_size: must be from 1 to 1000, got -1").WithDetails(
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "page_size", Description: "must be from 1 to 1000, got -1"}}},
		&errdetails.ErrorInfo{
			Reason:   "NOT_EXECUTED",
			Domain:   "toolcatalog",
			Metadata: map[string]string{"outcome": "NOT_EXECUTED"},
		})
	if err != nil {
		t.Fatal(err)
	}
	withUnknown := failure.Proto()
	withUnknown.Details = append(
		withUnknown.Details,
		&anypb.Any{TypeUrl: "type.googleapis.com/no.such.Type", Value: []byte{1}},
	)
	s.catalog.answer("ListTools", nil, status.FromProto(withUnknown).Err())
	got := s.do(t, "GET", tools+"?page_size=-1", "")
	got.expectError(t, 400)
	want := `{"code":3,"message":"page_size: must be from 1 to 1000, got -1","details":[` +
		`{"@type":"type.googleapis.com/google.rpc.BadRequest","field_violations":[{"field":"page_size",` +
		`"description":"must be from 1 to 1000, got -1","reason":""}]},` +
		`{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"NOT_EXECUTED","domain":"toolcatalog",` +
		`"metadata":{"outcome":"NOT_EXECUTED"}}]}`
	if got.body != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
}

func TestHeadersBecomeMetadata(t *testing.T) {
	s := startStack(t)
	got := s.do(t, "PATCH", tools+"/x", `{"status":"draft"}`, "X-Actor", "ann", "If-Match", `"1"`, "If-Match", `"2"`,
		"X-Request-Id", "id-1", "Grpc-Metadata-X-Actor", "mallory", "X-Other", "y").expect(t, 200)
	_, call := onlyCall[*pb.UpdateToolRequest](t, s.catalog)
	for key, want := range map[string]string{"x-actor": "ann", "if-match": `"1", "2"`, "x-request-id": "id-1", "x-other": ""} {
		if value := strings.Join(call.metadata.Get(key), "|"); value != want {
			t.Errorf("%s: %q, want %q", key, value, want)
		}
	}
	if got.header.Get("X-Request-Id") != "id-1" || !strings.Contains(s.log.String(), `"request_id":"id-1"`) {
		t.Errorf("request id is not answered and logged: %v", got.header)
	}
	got = s.do(t, "GET", tools, "").expect(t, 200)
	_, call = onlyCall[*pb.ListToolsRequest](t, s.catalog)
	if id := got.header.Get("X-Request-Id"); id == "" || call.metadata.Get("x-request-id")[0] != id {
		t.Errorf("request id %q was not made and passed on: %v", id, call.metadata)
	}
	got = s.do(t, "GET", tools, "", "X-Request-Id", strings.Repeat("a", 3000))
	if len(got.header.Get("X-Request-Id")) > 100 {
		t.Error("an overlong request id was taken over")
	}
	s.do(t, "DELETE", tools+"/x", "", "X-Actor", "käthe").expectError(t, 400, "X-Actor", "ASCII")
	s.do(t, "DELETE", tools+"/x", "", "If-Match", strings.Repeat("a", 3000)).expectError(t, 400, "If-Match", "2048")
}

func TestAnEmptyIfMatchReachesTheCatalog(t *testing.T) {
	s := startStack(t)
	s.do(t, "DELETE", tools+"/x", "", "If-Match", "").expect(t, 204)
	_, call := onlyCall[*pb.DeleteToolRequest](t, s.catalog)
	if values := call.metadata.Get("if-match"); len(values) != 1 || values[0] != "" {
		t.Errorf("if-match %q, want one empty value", values)
	}
	s.do(t, "DELETE", tools+"/x", "").expect(t, 204)
	_, call = onlyCall[*pb.DeleteToolRequest](t, s.catalog)
	if values := call.metadata.Get("if-match"); len(values) != 0 {
		t.Errorf("if-match %q, want none", values)
	}
}

func TestIfNoneMatchIsForReadsOnly(t *testing.T) {
	s := startStack(t)
	for _, test := range []struct{ method, path, condition string }{
		{"POST", tools, "*"}, {"PUT", tools + "/x", `"7-ab"`}, {"PATCH", tools + "/x", ""}, {"DELETE", tools + "/x", "*"},
	} {
		s.do(t, test.method, test.path, "", "If-None-Match", test.condition).expectError(t, 400, "If-None-Match", "If-Match")
	}
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("reached the catalog: %v", calls)
	}
}

func TestUnaryCallsHaveADeadline(t *testing.T) {
	s := startStack(t)
	s.do(t, "GET", tools, "")
	if _, call := onlyCall[*pb.ListToolsRequest](t, s.catalog); call.deadline < 25*time.Second ||
		call.deadline > 30*time.Second {
		t.Errorf("deadline in %v, want 30 s", call.deadline)
	}
	s.do(t, "GET", tools, "", "Grpc-Timeout", "2M")
	if _, call := onlyCall[*pb.ListToolsRequest](t, s.catalog); call.deadline < time.Minute {
		t.Errorf("deadline in %v, want 2 min", call.deadline)
	}
	s.do(t, "GET", tools, "", "Grpc-Timeout", "soon").expectError(t, 400, "soon")
	s.catalog.takeCalls()
	s.catalog.answerWith("GetTool", func(ctx context.Context) (proto.Message, error) {
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	})
	s.do(t, "GET", tools+"/x", "", "Grpc-Timeout", "50m").expectError(t, http.StatusGatewayTimeout)
}
