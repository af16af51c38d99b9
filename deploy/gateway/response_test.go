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
	"google.golang.org/protobuf/types/known/timestamppb"

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

func TestAWriteThatStoresNothingIsNot201(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("CreateTool", &pb.Tool{ToolName: "x", Etag: "7-ab"}, nil)
	for query, status := range map[string]int{
		"": 201, "?validate_only=false": 201, "?validate_only=true": 200, "?request_id=a&reason=b&validate_only=true": 200,
		"?request_id=123e4567-e89b-12d3-a456-426614174000": 201,
	} {
		s.do(t, "POST", tools+query, "{}").expect(t, status, `"tool_name":"x"`)
	}
	s.do(t, "PUT", tools+"/x?validate_only=true", `{"description":"d"}`).expect(t, 200)
	s.do(t, "POST", tools+"/validate", "{}").expect(t, 200, `"valid":false`)
}

func TestAnswersWithADeprecatedToolWarn(t *testing.T) {
	s := startStack(t)
	old := &pb.Tool{ToolName: "old", Etag: "7-ab", Status: "deprecated", Replacement: "new.tool_2",
		UpdatedAt: &timestamppb.Timestamp{Seconds: 1759518000, Nanos: 999_000_000},
		SunsetAt:  &timestamppb.Timestamp{Seconds: 1790000000, Nanos: 5}}
	bare := &pb.Tool{ToolName: "bare", Status: "deprecated", UpdatedAt: &timestamppb.Timestamp{Seconds: 1}}
	active := &pb.Tool{ToolName: "now", Status: "active", Replacement: "x", UpdatedAt: someTime, SunsetAt: someTime}
	headers := func(a answer) string {
		return a.header.Get("Deprecation") + "|" + a.header.Get("Sunset") + "|" + a.header.Get("Link")
	}
	all := `@1759518000|Mon, 21 Sep 2026 14:13:20 GMT|</api/v1/tools/new.tool_2>; rel="successor-version"`
	for _, test := range []struct {
		rpc, method, path string
		tool              *pb.Tool
		want              string
	}{
		{"CreateTool", "POST", tools, old, all},
		{"UpdateTool", "PUT", tools + "/old", old, all},
		{"DisableTool", "PATCH", tools + "/old/disable", old, all},
		{"PromoteToolVersion", "POST", tools + "/old/promote", old, all},
		{"RollbackTool", "POST", tools + "/old/rollback", old, all},
		{"RollbackTool", "POST", tools + "/old/rollback", bare, "@1||"},
		{"CreateTool", "POST", tools, active, "||"},
	} {
		s.catalog.answer(test.rpc, test.tool, nil)
		if got := headers(s.do(t, test.method, test.path, "{}")); got != test.want {
			t.Errorf("%s %s of %s: %s, want %s", test.method, test.path, test.tool.ToolName, got, test.want)
		}
	}
	s.catalog.answer("GetTool", &pb.GetToolResponse{Tool: old}, nil)
	if got := headers(s.do(t, "GET", tools+"/old?version=1&revision=5", "").expect(t, 200)); got != all {
		t.Errorf("read: %s", got)
	}
	// Answers about other things than one tool do not warn, whatever is in them.
	s.catalog.answer("ListTools", &pb.ListToolsResponse{Tools: []*pb.Tool{old}}, nil)
	s.reload.answer("GetProfile", &pb.Profile{Tool: old}, nil)
	for _, path := range []string{tools, "/api/v1/profiles/old"} {
		if got := headers(s.do(t, "GET", path, "").expect(t, 200, "deprecated")); got != "||" {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := headers(s.do(t, "GET", tools+"/old", "", "If-None-Match", "*").expect(t, 304)); got != all {
		t.Errorf("not modified: %s", got)
	}
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
	for _, query := range []string{"?version=1", "?revision=5"} {
		s.do(t, "GET", tools+"/x"+query, "", "If-None-Match", `"7-ab"`).expect(t, 304)
	}
	// A profile's answer changes without its tool, so the tool's tag is not its own.
	s.reload.answer("GetProfile", &pb.Profile{Tool: &pb.Tool{Etag: "7-ab"}}, nil)
	s.do(t, "GET", "/api/v1/profiles/x", "", "If-None-Match", `"7-ab"`).expect(t, 200)
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
			Reason:   "INVALID_FIELD",
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
		`{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_FIELD","domain":"toolcatalog",` +
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
	s.do(t, "DELETE", tools+"/x", "", "X-Actor", "k\xe4the").expectError(t, 400, "X-Actor", "UTF-8")
	s.do(t, "DELETE", tools+"/x", "", "X-Actor", "a\u0085b").expectError(t, 400, "X-Actor", "UTF-8")
	s.do(t, "DELETE", tools+"/x", "", "X-Actor", strings.Repeat("ä", 1500)).expectError(t, 400, "X-Actor", "2048")
	s.do(t, "DELETE", tools+"/x", "", "If-Match", `"ä"`).expectError(t, 400, "If-Match", "ASCII")
	s.do(t, "DELETE", tools+"/x", "", "If-Match", strings.Repeat("a", 3000)).expectError(t, 400, "If-Match", "2048")
}

func TestIfMatchReachesEveryChangeOfATool(t *testing.T) {
	s := startStack(t)
	for _, test := range []struct{ method, path, body string }{
		{"PUT", tools + "/x", `{"status":"draft"}`},
		{"DELETE", tools + "/x", ""},
		{"PATCH", tools + "/x/enable", ""},
		{"PATCH", tools + "/x/disable", ""},
		{"POST", tools + "/x/promote", `{"version":"1"}`},
		{"POST", tools + "/x/rollback", `{"to_revision":5}`},
	} {
		if got := s.do(t, test.method, test.path, test.body, "If-Match", `"7-ab"`); got.status >= 300 {
			t.Errorf("%s %s: status %d: %s", test.method, test.path, got.status, got.body)
		}
		for _, call := range s.catalog.takeCalls() {
			if got := strings.Join(call.metadata.Get("if-match"), "|"); got != `"7-ab"` {
				t.Errorf("%s has if-match %s", call.method, got)
			}
		}
	}
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

func TestAnActorNeedNotBeASCII(t *testing.T) {
	s := startStack(t)
	s.do(t, "PUT", tools+"/x", `{"status":"draft"}`, "X-Actor", "Jürgen").expect(t, 200)
	_, call := onlyCall[*pb.UpdateToolRequest](t, s.catalog)
	if actor := strings.Join(call.metadata.Get("x-actor-bin"), "|"); actor != "Jürgen" || call.metadata.Get("x-actor") != nil {
		t.Errorf("passed on %v", call.metadata)
	}
	s.do(t, "GET", tools, "", "X-Actor", "Jürgen").expect(t, 200)
	if !strings.Contains(s.log.String(), `"actor":"Jürgen"`) {
		t.Errorf("not logged: %s", s.log)
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
	s.do(t, "GET", tools, "", "Grpc-Timeout", "99999999H").expect(t, 200)
	if _, call := onlyCall[*pb.ListToolsRequest](t, s.catalog); call.deadline < 364*24*time.Hour {
		t.Errorf("deadline in %v, want a year", call.deadline)
	}
	s.do(t, "GET", tools, "", "Grpc-Timeout", "soon").expectError(t, 400, "soon")
	s.catalog.takeCalls()
	s.catalog.answerWith("GetTool", func(ctx context.Context) (proto.Message, error) {
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	})
	s.do(t, "GET", tools+"/x", "", "Grpc-Timeout", "50m").expectError(t, http.StatusGatewayTimeout)
}
