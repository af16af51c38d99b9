package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// exports makes the catalog stream the texts, and end with the error.
func (s *stack) exports(end error, texts ...string) {
	s.catalog.streamExport = func(_ *pb.StreamExportRequest, stream pb.CatalogService_StreamExportServer) error {
		for _, text := range texts {
			if err := stream.Send(&pb.StreamExportResponse{YamlContent: text}); err != nil {
				return err
			}
		}
		return end
	}
}

func TestAnExportCanBePlainYAML(t *testing.T) {
	s := startStack(t)
	s.exports(nil, "tool_name: a\n", "---\ntool_name: \"b\u00e9\"\n")
	for _, test := range []struct{ query, accept string }{
		{"", "application/yaml"}, {"", "text/yaml"}, {"", "application/x-yaml"}, {"?format=yaml", ""},
		{"?format=yaml&platform=linux", "text/html, */*;q=0.1"}, {"?format=yaml", "application/json"},
		{"", "application/json;q=0.5, application/yaml; charset=utf-8; q=0.7"},
	} {
		got := s.do(t, "GET", "/api/v1/export"+test.query, "", "Accept", test.accept).expect(t, 200)
		if want := "tool_name: a\n---\ntool_name: \"b\u00e9\"\n"; got.body != want {
			t.Errorf("%v: %q, want %q", test, got.body, want)
		}
		if got.header.Get("Content-Type") != "application/yaml" || !strings.Contains(got.header.Get("Vary"), "Accept") {
			t.Errorf("%v: %v", test, got.header)
		}
		head := s.do(t, "HEAD", "/api/v1/export"+test.query, "", "Accept", test.accept).expect(t, 200)
		if head.header.Get("Content-Type") != "application/yaml" {
			t.Errorf("%v: HEAD %v", test, head.header)
		}
	}
}

func TestAnExportIsLinesOfJSONForWhoDoesNotAskForYAML(t *testing.T) {
	s := startStack(t)
	s.exports(nil, "tool_name: a\n")
	for _, accept := range []string{
		"", "*/*", "application/json", "application/yaml;q=0", "application/yaml;q=0.5, application/x-ndjson", "text/html",
		"application/yaml;q=nan",
	} {
		got := s.do(t, "GET", "/api/v1/export", "", "Accept", accept)
		got.expect(t, 200, `{"result":{"yaml_content":"tool_name: a\n"}}`+"\n")
		if got.header.Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("%q: %v", accept, got.header)
		}
	}
	for _, query := range []string{"json", "", "YAML", "yaml&format=yaml"} {
		s.do(t, "GET", "/api/v1/export?format="+query, "").expectError(t, 400, "format")
	}
	s.do(t, "GET", tools+"?format=yaml", "").expectError(t, 400, "format")
}

// A text that ends early must not look like all of it.
func TestAnExportInYAMLThatFailsIsBrokenOff(t *testing.T) {
	s := startStack(t)
	s.exports(status.Error(codes.Unavailable, "gone"), "tool_name: a\n")
	response, err := http.Get(s.url + "/api/v1/export?format=yaml")
	if err == nil {
		defer response.Body.Close()
		var text []byte
		text, err = io.ReadAll(response.Body)
		if want := "tool_name: a\n\n--- \"the export failed, and is not whole"; string(text) != want {
			t.Errorf("%q, want %q", text, want)
		}
	}
	if err == nil {
		t.Error("the answer ended as if it were whole")
	}
	s.exports(status.Error(codes.InvalidArgument, "platform: no such"))
	s.do(t, "GET", "/api/v1/export?format=yaml", "").expectError(t, 400, "no such")
}

func TestOtherAnswersAreJSONForWhoAsksForYAML(t *testing.T) {
	s := startStack(t)
	yaml := []string{"Accept", "application/yaml", "Content-Type", "application/yaml"}
	for _, path := range []string{tools, "/openapi.json", "/livez"} {
		if got := s.do(t, "GET", path, "", yaml...).expect(t, 200, "{"); got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", path, got.header)
		}
	}
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		return stream.Send(&pb.WatchToolsResponse{Event: &pb.WatchToolsResponse_Bookmark{Bookmark: &pb.Bookmark{}}})
	}
	got := s.do(t, "GET", "/api/v1/changes/watch", "", yaml...).expect(t, 200, `"bookmark":{}}}`+"\n")
	if got.header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("watch: %v", got.header)
	}
	s.do(t, "GET", "/nothing", "", yaml...).expectError(t, 404)
}
