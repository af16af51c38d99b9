package main

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

func TestEveryReasonIsTold(t *testing.T) {
	names := map[string]bool{}
	for i, reason := range reasons {
		if !reasonName.MatchString(reason.name) || names[reason.name] {
			t.Errorf("reason %d: name %q", i, reason.name)
		}
		names[reason.name] = true
		if reason.code == codes.OK || reason.httpStatus < 400 || !strings.HasSuffix(reason.meaning, ".") {
			t.Errorf("%s: %+v", reason.name, reason)
		}
	}
}

// A status that is made elsewhere would have no reason.
func TestErrorsAreMadeInOnePlace(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "reasons.go" {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(node ast.Node) bool {
			call, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			name, _ := call.X.(*ast.Ident)
			switch {
			case name == nil:
			case name.Name == "status" && strings.HasPrefix(call.Sel.Name, "New"),
				name.Name == "status" && strings.HasPrefix(call.Sel.Name, "Error"):
				t.Errorf("%s makes an error by status.%s", file, call.Sel.Name)
			}
			return true
		})
	}
}

func TestWhatTheGatewayRefusesHasItsReason(t *testing.T) {
	s := startStack(t)
	long := strings.Repeat("a", 3000)
	for _, test := range []struct {
		request, body string
		header        string
		status        int
		reason        reason
		// field is that of the violation; "" = none.
		field   string
		outcome string
	}{
		{"GET /nowhere", "", "", 404, routeNotFound, "", ""},
		{"GET " + tools + "/", "", "", 404, routeNotFound, "", ""},
		{"DELETE " + tools, "", "", 405, methodNotAllowed, "", ""},
		{"GET " + tools + "/caf%E9", "", "", 400, invalidPath, "", ""},
		{"GET " + tools + "?x=%zz", "", "", 400, invalidQuery, "", ""},
		{"GET " + tools + "?%ff=1", "", "", 400, invalidQuery, "", ""},
		{"GET " + tools + "?bogus=1", "", "", 400, unknownParameter, "bogus", ""},
		{"POST " + tools + "/import?atomic=true", "{}", "", 400, unknownParameter, "atomic", notExecuted},
		{"GET " + tools + "?page=many", "", "", 400, invalidParameter, "page", ""},
		{"GET " + tools + "?page=1&page=2", "", "", 400, invalidParameter, "page", ""},
		{"GET " + tools + "?platform=%ff", "", "", 400, invalidParameter, "platform", ""},
		{"POST " + tools + "/reload?tool_name=a", `{"tool_name":"b"}`, "", 400, invalidParameter, "tool_name", ""},
		{"GET " + tools, "", "Grpc-Timeout: soon", 400, invalidHeader, "Grpc-Timeout", ""},
		{"GET " + tools, "", "Grpc-Timeout: 123456789S", 400, invalidHeader, "Grpc-Timeout", ""},
		{"DELETE " + tools + "/x", "", "If-Match: " + long, 400, invalidHeader, "If-Match", notExecuted},
		{"DELETE " + tools + "/x", "", "If-None-Match: *", 400, invalidHeader, "If-None-Match", notExecuted},
		{"POST " + webhookTemplate, "{}", "X-Timestamp: " + long, 400, invalidHeader, "X-Timestamp", ""},
		{"POST " + webhookTemplate, strings.Repeat("x", maxRawBody+1), "", 413, bodyTooLarge, "", ""},
		{"POST " + tools, strings.Repeat(" ", maxBody+1), "", 413, bodyTooLarge, "", notExecuted},
		{"POST " + tools, "{", "", 400, invalidJSON, "", notExecuted},
		{"POST " + tools, "\xff", "", 400, invalidJSON, "", notExecuted},
		{"POST " + tools, strings.Repeat("[", maxJSONDepth+1), "", 400, invalidJSON, "", notExecuted},
		{"PUT " + tools + "/x", `{"tool_name":"y"}`, "", 400, invalidField, "tool_name", notExecuted},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		var headers []string
		if name, value, ok := strings.Cut(test.header, ": "); ok {
			headers = []string{name, value}
		}
		got := s.do(t, method, path, test.body, headers...)
		got.expectError(t, test.status)
		body := got.errorBody(t)
		want := reasons[test.reason]
		if body.reason != want.name || body.code != int(want.code) || body.outcome != test.outcome {
			t.Errorf("%.100s: %.500s", test.request, got.body)
		}
		if _, ok := body.violations[test.field]; ok != (test.field != "") {
			t.Errorf("%.100s: violations %v, want one of %q", test.request, body.violations, test.field)
		}
	}
	for _, fake := range []*fake{s.catalog, s.reload} {
		if calls := fake.takeCalls(); len(calls) != 0 {
			t.Errorf("reached a service: %v", calls)
		}
	}
}

func TestHalfABodyHasItsReason(t *testing.T) {
	s := startImpatientStack(t, bodyTimeouts{imports: deadline, others: 50e6})
	response, text := s.sendRaw(t, "POST "+tools+" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
	body := answer{response.StatusCode, response.Header, text}.errorBody(t)
	if body.reason != "BODY_TOO_SLOW" || body.outcome != notExecuted {
		t.Errorf("got %s", text)
	}
	response, text = s.sendRaw(t, "POST "+tools+" HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
	if got := (answer{response.StatusCode, response.Header, text}.errorBody(t)); got.reason != "BODY_INCOMPLETE" {
		t.Errorf("got %s", text)
	}
}

func TestAnErrorOfAServiceHasAReasonInAnyCase(t *testing.T) {
	s := startStack(t)
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		s.catalog.answer("ListTools", nil, status.Error(code, "some rule"))
		got := s.do(t, "GET", tools, "").errorBody(t)
		if got.message != "some rule" || got.code != int(code) {
			t.Errorf("%v: %+v", code, got)
		}
	}
	s.catalog.answer("ListTools", nil, status.Error(codes.FailedPrecondition, "some rule"))
	if got := s.do(t, "GET", tools, "").errorBody(t); got.reason != "FAILED_PRECONDITION" {
		t.Errorf("got %+v", got)
	}
}

func TestACallThatIsNotAnsweredInTimeSaysSo(t *testing.T) {
	s := startStack(t)
	over := make(chan struct{})
	defer close(over)
	// Not even the end of the call makes the service answer.
	wait := func(context.Context) (proto.Message, error) {
		<-over
		return nil, nil
	}
	s.catalog.answerWith("GetTool", wait)
	s.catalog.answerWith("DeleteTool", wait)
	for method, outcome := range map[string]string{"GET": "", "DELETE": outcomeUnknown} {
		got := s.do(t, method, tools+"/x", "", "Grpc-Timeout", "50m")
		got.expectError(t, 504, "the catalog service did not answer before the call's deadline")
		if body := got.errorBody(t); body.reason != "DEADLINE_EXCEEDED" || body.outcome != outcome {
			t.Errorf("%s: %s", method, got.body)
		}
	}
}

func TestAnAnswerThatIsTooLargeSaysSo(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("ExportTools", &pb.ExportToolsResponse{
		Content: &pb.ExportToolsResponse_YamlContent{YamlContent: strings.Repeat("x", maxMessageBytes+1)},
	}, nil)
	got := s.do(t, "POST", tools+"/export", "")
	got.expectError(t, 429, "larger")
	if body := got.errorBody(t); body.reason != "ANSWER_TOO_LARGE" || got.header.Get("Retry-After") != "" {
		t.Errorf("%s, %v", got.body, got.header)
	}
}

func TestAnUnreachableServiceSaysWhenToTryAgain(t *testing.T) {
	s := &stack{catalog: newFake(), reload: newFake()}
	s.catalog.address, s.reload.address = closedAddress(t), closedAddress(t)
	s.serve(t)
	if got := s.do(t, "GET", tools, "").header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestAStreamsLastLineLeavesOutWhatItCannotShow(t *testing.T) {
	s := startStack(t)
	failure, err := status.New(codes.Aborted, "over").WithDetails(&errdetails.ErrorInfo{Reason: "MADE_UP", Domain: "test"})
	if err != nil {
		t.Fatal(err)
	}
	shown := failure.Proto()
	shown.Details = append(shown.Details, &anypb.Any{TypeUrl: "type.googleapis.com/no.such.Type", Value: []byte{1}})
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		if err := stream.Send(&pb.WatchToolsResponse{}); err != nil {
			return err
		}
		return status.FromProto(shown).Err()
	}
	_, reader, _ := s.openStream(t, "/api/v1/changes/watch")
	readLine(t, reader)
	want := `{"error":{"code":10,"message":"over","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",` +
		`"reason":"MADE_UP","domain":"test","metadata":{}}]}}` + "\n"
	if got := readLine(t, reader); got != want {
		t.Errorf("got %s want %s", got, want)
	}
}
