package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

type openAPIOperation struct {
	OperationID string `json:"operationId"`
	Parameters  []struct {
		In, Name, Style string
		Explode         bool
	}
	RequestBody *struct {
		Required bool
		Content  map[string]struct {
			Schema struct {
				Reference  string `json:"$ref"`
				Properties map[string]any
				Required   []string
			}
		}
	}
	Responses map[string]struct{ Content, Headers map[string]any }
}

type openAPI struct {
	OpenAPI    string
	Paths      map[string]map[string]openAPIOperation
	Components struct {
		Schemas map[string]struct {
			Properties map[string]any
			Required   []string
		}
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
		{"get", tools, "200 304 400 403 429 503 504 default"},
		{"post", tools, "200 201 400 403 408 409 413 415 429 503 504 default"},
		{"post", tools + "/{tool_name}/promote", "200 400 403 404 408 409 412 413 415 429 503 504 default"},
		{"post", tools + "/{tool_name}/rollback", "200 400 403 404 408 409 412 413 415 429 503 504 default"},
		{"post", tools + "/{tool_name}/validate", "200 400 403 404 429 503 504 default"},
		{"post", tools + "/validate", "200 400 403 408 413 415 429 503 504 default"},
		{"get", tools + "/search", "200 304 400 403 429 503 504 default"},
		{"get", tools + "/{tool_name}", "200 304 400 403 404 429 503 504 default"},
		{"put", tools + "/{tool_name}", "200 400 403 404 408 409 412 413 415 429 503 504 default"},
		{"patch", tools + "/{tool_name}", "200 400 403 404 408 409 412 413 415 429 503 504 default"},
		{"delete", tools + "/{tool_name}", "204 400 403 404 409 412 429 503 504 default"},
		{"post", tools + "/reload", "200 400 403 408 413 415 429 503 504 default"},
		{"post", tools + "/reload/webhook", "200 400 401 403 408 409 413 415 429 503 504 default"},
		{"post", tools + "/reload/hooks", "200 400 403 408 409 413 415 429 503 504 default"},
		{"delete", tools + "/reload/hooks/{name}", "204 400 403 404 429 503 504 default"},
		{"put", tools + "/reload/periodic", "200 400 403 408 413 415 429 503 504 default"},
		{"get", tools + "/health", "200 503"},
	} {
		responses := document.Paths[test.path][test.method].Responses
		if got := strings.Join(slices.Sorted(maps.Keys(responses)), " "); got != test.codes {
			t.Errorf("%s %s: %s, want %s", test.method, test.path, got, test.codes)
		}
	}
	for path, types := range map[string]string{
		"/api/v1/changes/watch": "application/x-ndjson", "/api/v1/export": "application/x-ndjson application/yaml",
	} {
		stream := document.Paths[path]["get"].Responses["200"].Content
		if got := strings.Join(slices.Sorted(maps.Keys(stream)), " "); got != types {
			t.Errorf("the stream %s has content %s, want %s", path, got, types)
		}
	}
	for path, required := range map[string]bool{
		tools: true, tools + "/import": true, tools + "/{tool_name}/promote": true, tools + "/{tool_name}/rollback": true,
		tools + "/validate": true, tools + "/export": false, tools + "/reload": false, tools + "/reload/webhook": true,
		tools + "/reload/hooks": true,
	} {
		if document.Paths[path]["post"].RequestBody.Required != required {
			t.Errorf("POST %s: the body is required: %v, want %v", path, !required, required)
		}
	}
}

func TestOpenAPIHasTheHeadersOfOneTool(t *testing.T) {
	document := fetchOpenAPI(t)
	for _, test := range []struct{ method, path, code, headers string }{
		{"post", tools, "201", "Deprecation ETag Link Sunset X-Revision"},
		{"get", tools + "/{tool_name}", "200", "Deprecation ETag Link Sunset"},
		{"put", tools + "/{tool_name}", "200", "Deprecation ETag Link Sunset X-Revision"},
		{"post", tools + "/{tool_name}/rollback", "200", "Deprecation ETag Link Sunset X-Revision"},
		{"get", tools, "200", "ETag"},
		{"post", tools + "/validate", "200", ""},
	} {
		headers := document.Paths[test.path][test.method].Responses[test.code].Headers
		if got := strings.Join(slices.Sorted(maps.Keys(headers)), " "); got != test.headers {
			t.Errorf("%s %s: headers %q, want %q", test.method, test.path, got, test.headers)
		}
	}
}

func TestOpenAPIDescribesVariablesAsAMap(t *testing.T) {
	document := fetchOpenAPI(t)
	for path, want := range map[string]string{
		tools + "/{tool_name}/validate": "tool_name version variables", tools + "/validate": "tool_name version variables",
	} {
		var names []string
		for _, parameter := range document.Paths[path]["post"].Parameters {
			names = append(names, parameter.Name)
			if parameter.Name == "variables" && (parameter.Style != "deepObject" || !parameter.Explode) {
				t.Errorf("%s: variables are %+v", path, parameter)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: parameters %s, want %s", path, got, want)
		}
	}
}

func TestOpenAPIDescribesTheWebhookAsItIsSent(t *testing.T) {
	document := fetchOpenAPI(t)
	operation := document.Paths[webhookTemplate]["post"]
	var names []string
	for _, parameter := range operation.Parameters {
		names = append(names, parameter.In+":"+parameter.Name)
	}
	if got := strings.Join(names, " "); got != "header:X-Timestamp header:X-Signature-256" {
		t.Errorf("parameters %s", got)
	}
	properties := operation.RequestBody.Content["application/json"].Schema.Properties
	if got := strings.Join(slices.Sorted(maps.Keys(properties)), " "); got != "source tool_name" {
		t.Errorf("the body has %s", got)
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
	if got := strings.Join(names, " "); got != "page page_size page_token platform category status enabled capability tag order_by If-None-Match" {
		t.Errorf("parameters %s", got)
	}
	names = nil
	for _, parameter := range document.Paths[tools+"/{tool_name}"]["put"].Parameters {
		names = append(names, parameter.In+":"+parameter.Name)
	}
	if got := strings.Join(names, " "); got != "path:tool_name query:update_mask query:version query:request_id "+
		"query:reason query:validate_only header:X-Actor header:If-Match" {
		t.Errorf("parameters %s", got)
	}
}

func TestOpenAPISaysWhatIsRequiredAndWhatTheServerSets(t *testing.T) {
	document := fetchOpenAPI(t)
	body := func(method, path string) []string {
		schema := document.Paths[path][method].RequestBody.Content["application/json"].Schema
		if name, isReference := strings.CutPrefix(schema.Reference, "#/components/schemas/"); isReference {
			return document.Components.Schemas[name].Required
		}
		return schema.Required
	}
	for _, test := range []struct{ method, path, required string }{
		{"post", tools, "tool_name description platform category"},
		{"put", tools + "/{tool_name}", ""},
		{"patch", tools + "/{tool_name}", ""},
		{"post", tools + "/validate", ""},
		{"post", tools + "/import", "yaml_content"},
		{"post", tools + "/{tool_name}/promote", "version"},
		{"post", tools + "/{tool_name}/rollback", "to_revision"},
		{"post", tools + "/reload/hooks", "name url"},
		{"post", tools + "/reload", ""},
	} {
		if got := strings.Join(body(test.method, test.path), " "); got != test.required {
			t.Errorf("%s %s requires %q, want %q", test.method, test.path, got, test.required)
		}
	}
	for name, readOnly := range map[string]bool{
		"revision": true, "is_latest": true, "created_at": true, "updated_at": true, "etag": false, "version": false,
	} {
		for _, schema := range []string{toolSchema, partialToolSchema} {
			property := document.Components.Schemas[schema].Properties[name].(map[string]any)
			if (property["readOnly"] == true) != readOnly {
				t.Errorf("%s.%s: readOnly is %v, want %v", schema, name, property["readOnly"], readOnly)
			}
		}
	}
}

// Sentences that ran on over several fields read as nonsense in a generated page.
func TestOpenAPISpeaksInSentences(t *testing.T) {
	var document struct {
		Paths      map[string]map[string]struct{ Summary string }
		Components struct {
			Schemas map[string]struct {
				Description string
				Properties  map[string]struct{ Description string }
			}
		}
	}
	if err := json.Unmarshal([]byte(startStack(t).do(t, "GET", "/openapi.json", "").expect(t, 200).body), &document); err != nil {
		t.Fatal(err)
	}
	sentence := func(place, text string) {
		first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, "\"`"))
		if text == "" || unicode.IsLower(first) || !strings.HasSuffix(text, ".") {
			t.Errorf("%s says %q", place, text)
		}
	}
	for path, item := range document.Paths {
		for method, operation := range item {
			sentence(method+" "+path, operation.Summary)
			if len(operation.Summary) > 80 || strings.Contains(operation.Summary, ". ") {
				t.Errorf("%s %s: the summary is not one short sentence: %q", method, path, operation.Summary)
			}
		}
	}
	for name, schema := range document.Components.Schemas {
		if !strings.HasPrefix(name, "toolcatalog.") {
			continue
		}
		sentence(name, schema.Description)
		for property, value := range schema.Properties {
			sentence(name+"."+property, value.Description)
		}
	}
}
