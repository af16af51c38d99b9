package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

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
		{"PATCH", tools + "/grep/disable", `{"enabled":false}`, []string{`unknown field "enabled"`, "takes no body"}},
		{"DELETE", tools + "/grep", `{"version":"1"}`, []string{`unknown field "version"`, "takes no body"}},
		{"POST", tools, `{"tool_name":5}`, []string{"tool_name", "string"}},
		{"POST", tools, `{"enabled":"yes"}`, []string{"enabled", "bool"}},
		{"POST", tools, `{"capabilities":{}}`, []string{"body: "}},
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
	text := strings.Repeat("x", maxMessageBytes)
	s.do(t, "POST", tools+"/import", `{"yaml_content":"`+text+`"}`).expectError(t, 413, "body", "75497472")
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

func TestFiveMegabyteFieldReachesTheCatalog(t *testing.T) {
	s := startStack(t)
	s.do(t, "POST", tools, `{"description":"`+strings.Repeat("d", 5<<20)+`"}`).expect(t, 201)
	if request, _ := onlyCall[*pb.CreateToolRequest](t, s.catalog); len(request.Tool.Description) != 5<<20 {
		t.Errorf("received %d bytes", len(request.Tool.Description))
	}
}
