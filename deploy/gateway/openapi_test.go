package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

type openAPIOperation struct {
	OperationID string `json:"operationId"`
	Parameters  []struct{ In, Name string }
	RequestBody *struct{ Required bool }
	Responses   map[string]struct{ Content map[string]any }
}

type openAPI struct {
	OpenAPI    string
	Paths      map[string]map[string]openAPIOperation
	Components struct {
		Schemas map[string]struct{ Properties map[string]any }
	}
}

func fetchOpenAPI(t *testing.T) openAPI {
	t.Helper()
	got := startStack(t).do(t, "GET", "/openapi.json", "").expect(t, 200)
	var document openAPI
	if err := json.Unmarshal([]byte(got.body), &document); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.") {
		t.Errorf("openapi %s", document.OpenAPI)
	}
	return document
}

func TestOpenAPIHasEveryRouteOnce(t *testing.T) {
	document := fetchOpenAPI(t)
	want := map[string]bool{"PUT /api/v1/tools/{tool_name}": true}
	for _, r := range newRouteTable() {
		want[r.method+" "+strings.ReplaceAll(r.template, "tool.tool_name", "tool_name")] = true
	}
	ids := map[string]bool{}
	for path, item := range document.Paths {
		for method, operation := range item {
			name := strings.ToUpper(method) + " " + path
			if !want[name] {
				t.Errorf("the document has %s, the gateway has not", name)
			}
			if delete(want, name); ids[operation.OperationID] {
				t.Errorf("operation id %s occurs twice", operation.OperationID)
			}
			ids[operation.OperationID] = true
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", slices.Sorted(maps.Keys(want)))
	}
}

func TestOpenAPIHasTheRealStatusCodes(t *testing.T) {
	document := fetchOpenAPI(t)
	for _, test := range []struct{ method, path, codes string }{
		{"get", tools, "200 400 429 503 504 default"},
		{"post", tools, "201 400 409 413 429 503 504 default"},
		{"get", tools + "/{tool_name}", "200 304 400 404 429 503 504 default"},
		{"put", tools + "/{tool_name}", "200 400 404 409 412 413 429 503 504 default"},
		{"patch", tools + "/{tool_name}", "200 400 404 409 412 413 429 503 504 default"},
		{"delete", tools + "/{tool_name}", "204 400 404 409 412 429 503 504 default"},
		{"post", tools + "/reload", "200 400 413 429 503 504 default"},
		{"get", tools + "/health", "200 503"},
	} {
		responses := document.Paths[test.path][test.method].Responses
		if got := strings.Join(slices.Sorted(maps.Keys(responses)), " "); got != test.codes {
			t.Errorf("%s %s: %s, want %s", test.method, test.path, got, test.codes)
		}
	}
	stream := document.Paths["/api/v1/changes/watch"]["get"].Responses["200"].Content
	if _, ok := stream["application/x-ndjson"]; !ok || len(stream) != 1 {
		t.Errorf("a stream has content %v", stream)
	}
	if document.Paths[tools+"/reload"]["post"].RequestBody.Required ||
		!document.Paths[tools]["post"].RequestBody.Required {
		t.Error("which bodies are required is wrong")
	}
}

func TestOpenAPIUsesProtoNames(t *testing.T) {
	document := fetchOpenAPI(t)
	policy := document.Components.Schemas["toolcatalog.v1.Policy"].Properties
	if policy["max_N_immediate"] == nil || policy["production_safe"] == nil || policy["productionSafe"] != nil {
		t.Errorf("policy has %v", slices.Sorted(maps.Keys(policy)))
	}
	var names []string
	for _, parameter := range document.Paths[tools]["get"].Parameters {
		names = append(names, parameter.Name)
	}
	if got := strings.Join(names, " "); got != "page page_size page_token platform category status enabled" {
		t.Errorf("parameters %s", got)
	}
	names = nil
	for _, parameter := range document.Paths[tools+"/{tool_name}"]["put"].Parameters {
		names = append(names, parameter.In+":"+parameter.Name)
	}
	if got := strings.Join(names, " "); got != "path:tool_name query:update_mask query:version header:X-Actor header:If-Match" {
		t.Errorf("parameters %s", got)
	}
}
