package main

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

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

func TestQueryFillsTheRequestOfEveryRead(t *testing.T) {
	s := startStack(t)
	since := &timestamppb.Timestamp{Seconds: 1759518000}
	until := &timestamppb.Timestamp{Seconds: 1759518000, Nanos: 500_000_000}
	for _, test := range []struct {
		path string
		want proto.Message
	}{
		{tools + "?capability=c&tag=a&order_by=updated_at%20desc",
			&pb.ListToolsRequest{Capability: "c", Tag: "a", OrderBy: "updated_at desc"}},
		{tools + "/x?version=1&revision=0", &pb.GetToolRequest{ToolName: "x", Version: "1", Revision: proto.Int64(0)}},
		{tools + "/x/versions?order_by=version", &pb.ListToolVersionsRequest{ToolName: "x", OrderBy: "version"}},
		{tools + "/x/history?version=1&page_size=2&page_token=t",
			&pb.ListToolHistoryRequest{ToolName: "x", Version: "1", PageSize: proto.Int32(2), PageToken: "t"}},
		{tools + "/search?q=a%25b%27%22&fields=name&fields=tags&page_size=2&page_token=t",
			&pb.SearchToolsRequest{Q: `a%b'"`, Fields: []string{"name", "tags"}, PageSize: proto.Int32(2), PageToken: "t"}},
		{tools + "/search/query?q=" + strings.Repeat("%F0%9F%98%80", 10_000) + "&fields=name,tags",
			&pb.SearchToolsRequest{Q: strings.Repeat("😀", 10_000), Fields: []string{"name,tags"}}},
		{"/api/v1/capabilities?page_size=2&page_token=t",
			&pb.ListCapabilitiesRequest{PageSize: proto.Int32(2), PageToken: "t"}},
		{tools + "/capabilities/a%2Fb%20c/tools?page_size=2&page_token=t",
			&pb.ListCapabilityToolsRequest{CapabilityName: "a/b c", PageSize: proto.Int32(2), PageToken: "t"}},
		{"/api/v1/changes?from_revision=7&tool_name=x&actor=ann&kind=updated&newest_first=true&since=2025-10-03T19:00:00Z" +
			"&until=2025-10-03T21:00:00.5%2B02:00",
			&pb.ListChangesRequest{FromRevision: 7, ToolName: "x", Actor: "ann", Kind: "updated", NewestFirst: true, Since: since,
				Until: until}},
	} {
		s.do(t, "GET", test.path, "").expect(t, 200)
		if request, _ := onlyCall[proto.Message](t, s.catalog); !proto.Equal(request, test.want) {
			t.Errorf("%.100s: received %v", test.path, request)
		}
	}
}

func TestQueryNamesAWrite(t *testing.T) {
	s := startStack(t)
	query := "?request_id=r&reason=because%20so"
	for _, test := range []struct {
		method, path, body string
		want               proto.Message
	}{
		{"POST", tools + query + "&validate_only=true", `{"tool_name":"x"}`,
			&pb.CreateToolRequest{Tool: &pb.Tool{ToolName: "x"}, RequestId: "r", Reason: "because so", ValidateOnly: true}},
		{"PUT", tools + "/x" + query + "&validate_only=true&version=1", `{"status":"draft"}`,
			&pb.UpdateToolRequest{Tool: &pb.Tool{ToolName: "x", Status: "draft"}, Version: "1", RequestId: "r",
				Reason: "because so", ValidateOnly: true, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"status"}}}},
		{"DELETE", tools + "/x" + query + "&version=1&etag=e", "",
			&pb.DeleteToolRequest{ToolName: "x", Version: proto.String("1"), Etag: "e", RequestId: "r", Reason: "because so"}},
		{"PATCH", tools + "/x/enable?version=1&etag=e", `{"enabled":false,"request_id":"r","reason":"because so"}`,
			&pb.EnableToolRequest{ToolName: "x", Version: "1", Etag: "e", Options: &pb.EnableToolRequest_Options{
				Enabled: proto.Bool(false), RequestId: "r", Reason: "because so"}}},
		{"PATCH", tools + "/x/disable?version=1&etag=e", `{"request_id":"r","reason":"because so"}`,
			&pb.DisableToolRequest{ToolName: "x", Version: "1", Etag: "e", Options: &pb.DisableToolRequest_Options{
				RequestId: "r", Reason: "because so"}}},
		{"POST", tools + "/x/promote", `{"version":"1","etag":"e","request_id":"r","reason":"because so"}`,
			&pb.PromoteToolVersionRequest{ToolName: "x", Version: "1", Etag: "e", RequestId: "r", Reason: "because so"}},
		{"POST", tools + "/x/rollback", `{"to_revision":5,"version":"1","etag":"e","request_id":"r","reason":"because so"}`,
			&pb.RollbackToolRequest{ToolName: "x", ToRevision: 5, Version: "1", Etag: "e", RequestId: "r", Reason: "because so"}},
		{"POST", tools + "/import", `{"yaml_content":"y","overwrite":true,"validate_only":true,"atomic":true,"request_id":"r",` +
			`"reason":"because so"}`,
			&pb.ImportToolsRequest{YamlContent: "y", Overwrite: true, ValidateOnly: true, Atomic: true, RequestId: "r",
				Reason: "because so"}},
		{"POST", tools + "/export", `{"tool_names":["a","b"],"platform":"linux","category":"system","format":"json"}`,
			&pb.ExportToolsRequest{ToolNames: []string{"a", "b"}, Platform: "linux", Category: "system", Format: "json"}},
		{"POST", tools + "/export", "", &pb.ExportToolsRequest{}},
	} {
		if got := s.do(t, test.method, test.path, test.body); got.status >= 300 {
			t.Errorf("%s %s: status %d: %s", test.method, test.path, got.status, got.body)
		}
		if request, _ := onlyCall[proto.Message](t, s.catalog); !proto.Equal(request, test.want) {
			t.Errorf("%s %s: received %v", test.method, test.path, request)
		}
	}
}

func TestVariablesAreAMap(t *testing.T) {
	s := startStack(t)
	s.do(t, "POST", tools+"/x/validate?version=1&variables[N]=5&variables%5Bmax_rows%5D=-1.5e3&variables[x.y]=.5", "").
		expect(t, 200)
	request, _ := onlyCall[*pb.ValidateToolRequest](t, s.catalog)
	want := &pb.ValidateToolRequest{ToolName: "x", Version: "1",
		Variables: map[string]float64{"N": 5, "max_rows": -1500, "x.y": 0.5}}
	if !proto.Equal(request, want) {
		t.Errorf("received %v", request)
	}
	s.do(t, "POST", tools+"/validate?variables[N]=5", `{"tool_name":"x"}`).expect(t, 200)
	request, _ = onlyCall[*pb.ValidateToolRequest](t, s.catalog)
	want = &pb.ValidateToolRequest{Tool: &pb.Tool{ToolName: "x"}, Variables: map[string]float64{"N": 5}}
	if !proto.Equal(request, want) {
		t.Errorf("received %v", request)
	}
	many := func(n int) string {
		var query strings.Builder
		for i := range n {
			fmt.Fprintf(&query, "variables[v%d]=%d&", i, i)
		}
		return strings.TrimSuffix(query.String(), "&")
	}
	s.do(t, "POST", tools+"/x/validate?"+many(100), "").expect(t, 200)
	request, _ = onlyCall[*pb.ValidateToolRequest](t, s.catalog)
	if len(request.Variables) != 100 {
		t.Errorf("received %d variables", len(request.Variables))
	}
	s.do(t, "POST", tools+"/x/validate?"+many(101), "").expectError(t, 400, `"variables"`, "100")
	for query, parts := range map[string][]string{
		"variables[N]=many": {`"variables[N]"`, "number", `"many"`}, "variables[N]=": {`"variables[N]"`},
		"variables[N]=NaN": {"finite"}, "variables[N]=Inf": {"finite"}, "variables[N]=1e999": {"finite"}, "variables[N]=0x10": {"0x10"},
		"variables[N]=1&variables[N]=2": {`"variables[N]"`, "once"}, "variables=5": {`"variables"`}, "variables[]=5": {`"variables[]"`},
		"variables[a][b]=5": {`"variables[a][b]"`}, "variables[N=5": {`"variables[N"`}, "bogus[N]=5": {`"bogus[N]"`},
		"version[N]=5": {`"version[N]"`}, "variables.N=5": {`"variables.N"`}, "variables[%ff]=5": {"UTF-8"},
	} {
		s.do(t, "POST", tools+"/x/validate?"+query, "").expectError(t, 400, append(parts, "query")...)
	}
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("reached the catalog: %v", calls)
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
		{"GET", "/api/v1/changes?since=yesterday", []string{`"since"`, "time", `"yesterday"`}},
		{"GET", "/api/v1/changes?until=2025-10-03", []string{`"until"`, "time"}},
		{"GET", "/api/v1/changes?since=null", []string{`"since"`, "time"}},
		{"GET", "/api/v1/changes?since=0000-01-01T00:00:00Z", []string{`"since"`, "time"}},
		{"GET", "/api/v1/changes?since.seconds=5", []string{`"since.seconds"`}},
		{"GET", tools + "/search?query=x", []string{`"query"`}},
		{"GET", tools + "/search?q=x&q=y", []string{`"q"`, "once"}},
		{"GET", tools + "/x?revision=", []string{`"revision"`, "64-bit integer"}},
		{"GET", tools + "/x/history?bogus=1", []string{`"bogus"`}},
		{"GET", tools + "/capabilities/list?capability_name=x", []string{`"capability_name"`}},
		{"GET", "/api/v1/capabilities/x/tools?capability_name=x", []string{`"capability_name"`}},
		{"GET", "/api/v1/export?tool_names=x", []string{`"tool_names"`}},
		{"POST", tools + "/export?format=json", []string{`"format"`}},
		{"POST", tools + "/x/promote?version=1", []string{`"version"`}},
		{"POST", tools + "/x/rollback?to_revision=1", []string{`"to_revision"`}},
		{"POST", tools + "/x/validate?tool=x", []string{`"tool"`}},
		{"POST", tools + "/x/validate?tool.version=x", []string{`"tool.version"`}},
		{"POST", tools + "/x/validate?validate_only=true", []string{`"validate_only"`}},
		{"POST", tools + "?validate_only=1", []string{`"validate_only"`, "true or false"}},
		{"PATCH", tools + "/x/enable?reason=x", []string{`"reason"`}},
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
