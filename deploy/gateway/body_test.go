package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

type protoMessage = proto.Message

func TestBodyIsJSONWhateverItsContentType(t *testing.T) {
	s := startStack(t)
	for _, contentType := range []string{"", "application/json", "application/x-www-form-urlencoded", "text/plain; charset=x", "?"} {
		s.do(t, "POST", tools, `{"tool_name":"a=b&c"}`, "Content-Type", contentType).expect(t, 201)
		request, _ := onlyCall[*pb.CreateToolRequest](t, s.catalog)
		if request.Tool.GetToolName() != "a=b&c" {
			t.Errorf("%q: received %v", contentType, request)
		}
	}
}

func TestEmptyBodyIsTheEmptyRequest(t *testing.T) {
	s := startStack(t)
	for _, body := range []string{"", " \n", "{}"} {
		s.do(t, "POST", tools+"/reload", body).expect(t, 200)
		request, _ := onlyCall[*pb.TriggerReloadRequest](t, s.reload)
		if !proto.Equal(request, &pb.TriggerReloadRequest{}) {
			t.Errorf("%q: received %v", body, request)
		}
	}
	s.do(t, "PATCH", tools+"/grep/enable", "").expect(t, 200)
	if request, _ := onlyCall[*pb.EnableToolRequest](t, s.catalog); request.Options != nil {
		t.Errorf("received %v", request)
	}
	s.do(t, "PATCH", tools+"/grep/enable", `{"enabled": false}`).expect(t, 200)
	if request, _ := onlyCall[*pb.EnableToolRequest](t, s.catalog); request.Options == nil ||
		request.Options.GetEnabled() {
		t.Errorf("received %v", request)
	}
}

func TestBadJSONIsRefusedWithFieldAndRule(t *testing.T) {
	s := startStack(t)
	deep := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	for _, test := range []struct {
		method, path, body string
		parts              []string
	}{
		{"POST", tools, `{"tool_name":"a","bogus":1}`, []string{"body: ", `unknown field "bogus"`, "line 1:18"}},
		{"PUT", tools + "/grep", `{"defaults":{"bogus":1}}`, []string{`unknown field "bogus"`}},
		{"POST", tools + "/reload", `{"bogus":1}`, []string{`unknown field "bogus"`}},
		{"POST", tools + "/import", `{"yaml":""}`, []string{`unknown field "yaml"`}},
		{"PATCH", tools + "/grep/enable", `{"version":"1"}`, []string{`unknown field "version"`}},
		{"PATCH", tools + "/grep/disable", `{"enabled":false}`, []string{`unknown field "enabled"`}},
		{"POST", tools + "/grep/validate", `{"tool_name":"grep"}`, []string{`unknown field "tool_name"`, "takes no body"}},
		{"POST", tools + "/grep/promote", `{"bogus":"1"}`, []string{`unknown field "bogus"`}},
		{"POST", tools + "/grep/rollback", `{"revision":1}`, []string{`unknown field "revision"`}},
		{"POST", tools + "/grep/rollback", `{"to_revision":"x"}`, []string{"to_revision", "int64"}},
		{"POST", tools + "/export", `{"names":[]}`, []string{`unknown field "names"`}},
		{"POST", tools + "/validate", `{"bogus":1}`, []string{`unknown field "bogus"`}},
		{"DELETE", tools + "/grep", `{"version":"1"}`, []string{`unknown field "version"`, "takes no body"}},
		{"POST", tools, `{"tool_name":5}`, []string{"tool_name", "string"}},
		{"POST", tools, `{"enabled":"yes"}`, []string{"enabled", "bool"}},
		{"POST", tools, `{"capabilities":{}}`, []string{"body: "}},
		{"PUT", tools + "/grep", `{"sunset_at":"soon"}`, []string{"sunset_at: must be a time", `"soon"`, "line 1:14"}},
		{"PUT", tools + "/grep", "{\n \"description\": \"é\", \"sunsetAt\" : \"0000-01-01T00:00:00Z\"}",
			[]string{"sunset_at: must be a time", "line 2:35"}},
		{"POST", tools, `{"tool_name":"a","tool_name":"b"}`, []string{"duplicate field", `"tool_name"`}},
		{"POST", tools, `{"tool_name":"a"`, []string{"body: ", "unexpected"}},
		{"POST", tools, `{"tool_name":"a"} {}`, []string{"body: ", "line 1:19"}},
		{"POST", tools, `[]`, []string{"body: "}},
		{"POST", tools, `null`, []string{"body: "}},
		{"POST", tools, `tool_name=a`, []string{"body: ", "line 1:1"}},
		{"POST", tools, "{\"tool_name\":\"\xff\"}", []string{"body", "UTF-8", "offset 14"}},
		{"POST", tools, `{"tool_name":"\ud800"}`, []string{"body: "}},
		{"POST", tools, `{"metadata":{"a":NaN}}`, []string{"body: "}},
		{"POST", tools, `{"metadata":{"a":` + deep(31) + `}}`, []string{"body", "32 levels", "offset 47"}},
	} {
		t.Run(test.method+" "+test.body, func(t *testing.T) {
			s.do(t, test.method, test.path, test.body).expectError(t, 400, test.parts...)
		})
	}
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("reached the catalog: %v", calls)
	}
	s.do(t, "POST", tools, `{"metadata":{"a":`+deep(30)+`,"b":"[[[[{{{{\"[["}}`).expect(t, 201)
}

func TestBodyLimits(t *testing.T) {
	s := startStack(t)
	spaces := func(n int) string { return "{}" + strings.Repeat(" ", n-2) }
	s.do(t, "POST", tools, spaces(maxBody)).expect(t, 201)
	s.do(t, "POST", tools, spaces(maxBody+1)).expectError(t, 413, "body", "16777216")
	s.do(t, "POST", tools+"/import", spaces(maxBody+1)).expect(t, 200)
	s.do(t, "POST", tools+"/bulk-import", spaces(maxBody+1)).expect(t, 200)
	s.do(t, "POST", tools+"/import", spaces(maxImportBody+1)).expectError(t, 413, "body", "167772160")
	text := strings.Repeat("x", maxText)
	s.do(t, "POST", tools+"/import", `{"yaml_content":"`+text+`","reason":"`+text[:maxRequestBytes]+`"}`).
		expectError(t, 413, "body", "4194304 bytes as a message")
	// The largest import that is allowed, in its longest spelling.
	text = strings.Repeat(`\n`, 64<<20)
	s.catalog.takeCalls()
	s.do(t, "POST", tools+"/import", `{"yaml_content":"`+text+`"}`).expect(t, 200)
	if request, _ := onlyCall[*pb.ImportToolsRequest](t, s.catalog); len(request.YamlContent) != 64<<20 {
		t.Errorf("received %d bytes", len(request.YamlContent))
	}
}

func TestBodyOfUnknownLengthIsLimitedToo(t *testing.T) {
	s := startStack(t)
	endless := &repeated{left: maxBody + 1}
	request, err := http.NewRequest("POST", s.url+tools, endless)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 413 {
		t.Errorf("status %d, want 413", response.StatusCode)
	}
}

// repeated is a reader of spaces.
type repeated struct{ left int }

func (r *repeated) Read(text []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(text), r.left)
	for i := range n {
		text[i] = ' '
	}
	r.left -= n
	return n, nil
}

func TestALargeFieldReachesTheCatalogUpToTheSizeOfAMessage(t *testing.T) {
	s := startStack(t)
	s.do(t, "POST", tools, `{"description":"`+strings.Repeat("d", 4_000_000)+`"}`).expect(t, 201)
	if request, _ := onlyCall[*pb.CreateToolRequest](t, s.catalog); len(request.Tool.Description) != 4_000_000 {
		t.Errorf("received %d bytes", len(request.Tool.Description))
	}
	s.do(t, "POST", tools, `{"description":"`+strings.Repeat("d", maxRequestBytes)+`"}`).
		expectError(t, 413, "body", "4194304 bytes as a message")
}

// startImpatientStack gives a body little time to arrive.
func startImpatientStack(t *testing.T, timeouts bodyTimeouts) *stack {
	t.Helper()
	s := &stack{catalog: newFake(), reload: newFake(), bodyTimeouts: timeouts}
	s.startAll(t)
	return s
}

// sendRaw sends text on a connection of its own, which stays open, and returns the answer with its body.
func (s *stack) sendRaw(t *testing.T, text string) (*http.Response, string) {
	t.Helper()
	connection := s.dial(t)
	if _, err := io.WriteString(connection, text); err != nil {
		t.Fatal(err)
	}
	return readResponse(t, connection)
}

func TestHalfABodyIsNotWaitedForForEver(t *testing.T) {
	s := startImpatientStack(t, bodyTimeouts{imports: 100 * time.Millisecond, others: 50 * time.Millisecond})
	for _, test := range []struct {
		request string
		status  int
		message string
	}{
		{"POST " + tools, 408, "body: must arrive within 50ms, got 5 bytes"},
		// The longer time of an import is for what has come.
		{"POST " + tools + "/import", 408, "body: must arrive within 50ms, got 5 bytes"},
		{"POST " + tools + "/bulk-import", 408, "body: must arrive within 50ms, got 5 bytes"},
		{"GET " + tools, 408, "body: must arrive within 50ms, got 5 bytes"},
		// Refused before the body is read.
		{"POST " + tools + "?bogus=1", 400, "bogus"},
		{"POST /nowhere", 404, "/nowhere"},
		{"DELETE " + tools, 405, "DELETE"},
	} {
		t.Run(test.request, func(t *testing.T) {
			response, body := s.sendRaw(t, test.request+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"a\":")
			answer{response.StatusCode, response.Header, body}.expectError(t, test.status, test.message)
			if !response.Close {
				t.Error("the connection stays open")
			}
		})
	}
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("reached the catalog: %v", calls)
	}
}

func TestTheTimeForABodyDoesNotLimitTheCall(t *testing.T) {
	s := startImpatientStack(t, bodyTimeouts{imports: 300 * time.Millisecond, others: 300 * time.Millisecond})
	s.catalog.answerWith("CreateTool", func(ctx context.Context) (proto.Message, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(600 * time.Millisecond):
			return &pb.Tool{ToolName: "x"}, nil
		}
	})
	s.do(t, "POST", tools, "{}").expect(t, 201)
}
