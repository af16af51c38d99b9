package main

import (
	"testing"

	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

func TestQueryFillsTheRequest(t *testing.T) {
	s := startStack(t)
	s.do(t, "GET", tools+"?page=2&page_size=-1&platform=linux&category=a%26b&status=x&enabled=false&page_token=t", "").
		expect(t, 200)
	request, _ := onlyCall[*pb.ListToolsRequest](t, s.catalog)
	want := &pb.ListToolsRequest{Page: proto.Int32(2), PageSize: proto.Int32(-1), Platform: "linux", Category: "a&b",
		Status: "x", Enabled: proto.Bool(false), PageToken: "t"}
	if !proto.Equal(request, want) {
		t.Errorf("received %v", request)
	}
	s.do(t, "GET", tools+"/platform/linux?page_size=0", "").expect(t, 200)
	request, _ = onlyCall[*pb.ListToolsRequest](t, s.catalog)
	if !proto.Equal(request, &pb.ListToolsRequest{Platform: "linux", PageSize: proto.Int32(0)}) {
		t.Errorf("received %v", request)
	}
	s.do(t, "DELETE", tools+"/grep?version=1.0&etag=x", "").expect(t, 204)
	deletion, _ := onlyCall[*pb.DeleteToolRequest](t, s.catalog)
	if !proto.Equal(deletion, &pb.DeleteToolRequest{ToolName: "grep", Version: proto.String("1.0"), Etag: "x"}) {
		t.Errorf("received %v", deletion)
	}
	s.do(t, "PATCH", tools+"/grep/enable?version=2", `{"enabled":false}`).expect(t, 200)
	enable, _ := onlyCall[*pb.EnableToolRequest](t, s.catalog)
	if enable.Version != "2" || enable.ToolName != "grep" || enable.Options.GetEnabled() {
		t.Errorf("received %v", enable)
	}
}

func TestBadQueryIsRefusedByName(t *testing.T) {
	s := startStack(t)
	for _, test := range []struct {
		method, path string
		parts        []string
	}{
		{"GET", tools + "?bogus=1", []string{"query: unknown parameter", `"bogus"`}},
		{"GET", tools + "?pageSize=1", []string{`"pageSize"`}},
		{"GET", tools + "/grep?tool_name=x", []string{`"tool_name"`}},
		{"GET", tools + "/platform/linux?platform=x", []string{`"platform"`}},
		{"POST", tools + "?tool.tool_name=x", []string{`"tool.tool_name"`}},
		{"POST", tools + "?tool=x", []string{`"tool"`}},
		{"PUT", tools + "/grep?bogus=1", []string{`"bogus"`}},
		{"DELETE", tools + "/grep?bogus=1", []string{`"bogus"`}},
		{"PATCH", tools + "/grep/enable?enabled=false", []string{`"enabled"`}},
		{"PATCH", tools + "/grep/enable?options.enabled=false", []string{`"options.enabled"`}},
		{"POST", tools + "/import?overwrite=true", []string{`"overwrite"`}},
		{"POST", tools + "/reload/invalidate?tool_name=grep", []string{`"tool_name"`}},
		{"POST", tools + "/reload?bogus=1", []string{`"bogus"`}},
		{"GET", tools + "/reload/statistics?x=1", []string{`"x"`}},
		{"GET", tools + "/reload/watch?x=1", []string{`"x"`}},
		{"GET", "/api/v1/changes/watch?x=1", []string{`"x"`}},
		{"GET", tools + "/health?x=1", []string{`"x"`}},
		{"GET", tools + "?page_size=abc", []string{`"page_size"`, "32-bit integer", `"abc"`}},
		{"GET", tools + "?page_size=9999999999", []string{`"page_size"`, "32-bit integer"}},
		{"GET", tools + "?page_size=", []string{`"page_size"`}},
		{"GET", tools + "?enabled=maybe", []string{`"enabled"`, "true or false", `"maybe"`}},
		{"GET", tools + "?page=1&page=2", []string{`"page"`, "once", "2 times"}},
		{"GET", tools + "?platform=%ff", []string{`"platform"`, "UTF-8"}},
		{"GET", tools + "?%ff=1", []string{"query", "UTF-8"}},
		{"GET", tools + "?platform=%zz", []string{"query"}},
		{"GET", "/api/v1/changes?from_revision=x", []string{`"from_revision"`, "64-bit integer"}},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			s.do(t, test.method, test.path, "").expectError(t, 400, test.parts...)
		})
	}
	if calls := append(s.catalog.takeCalls(), s.reload.takeCalls()...); len(calls) != 0 {
		t.Errorf("reached a service: %v", calls)
	}
}

func TestReloadTakesItsFieldsAsQueryToo(t *testing.T) {
	s := startStack(t)
	want := &pb.TriggerReloadRequest{ToolName: "grep", TriggeredBy: "admin"}
	for _, test := range []struct{ query, body string }{
		{"?tool_name=grep&triggered_by=admin", ""},
		{"?tool_name=grep", `{"triggered_by":"admin"}`},
		{"", `{"tool_name":"grep","triggered_by":"admin"}`},
	} {
		s.do(t, "POST", tools+"/reload"+test.query, test.body).expect(t, 200)
		if request, _ := onlyCall[*pb.TriggerReloadRequest](t, s.reload); !proto.Equal(request, want) {
			t.Errorf("%s %s: received %v", test.query, test.body, request)
		}
	}
	s.do(t, "POST", tools+"/reload?tool_name=a", `{"tool_name":"b"}`).expectError(t, 400, "tool_name", "body", "query")
	s.do(t, "POST", tools+"/reload?tool_name=a", `{"bogus":"b"}`).expectError(t, 400, "bogus")
	s.do(t, "POST", tools+"/reload?tool_name=a", `nonsense`).expectError(t, 400, "body: ")
	s.do(t, "POST", tools+"/reload?tool_name=a", `null`).expectError(t, 400, "body: ")
}
