package rest

import (
	"strings"
	"testing"
	"time"
)

func TestHealth(t *testing.T) {
	start := time.Now()
	got := get(t, tools+"/health").want(t, 200)
	if want := `{"status":"healthy","services":{"catalog":"SERVING","reload":"SERVING"}}`; string(got.body) != want {
		t.Errorf("got %s, want %s", got.body, want)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
}

func TestOpenAPI(t *testing.T) {
	document := get(t, "/openapi.json").object(t)
	if !strings.HasPrefix(document.text("openapi"), "3.") {
		t.Errorf("openapi %v", document["openapi"])
	}
	for path, want := range map[string]string{
		tools: "post 201", tools + "/{tool_name}": "delete 204", tools + "/health": "get 503", changes + "/watch": "get 200",
		tools + "/{tool_name}/promote": "post 412", tools + "/{tool_name}/rollback": "post 400", tools + "/search": "get 200",
		tools + "/validate": "post 200", "/api/v1/export": "get 200", "/api/v1/capabilities/{capability_name}/tools": "get 200",
	} {
		method, code, _ := strings.Cut(want, " ")
		if document.in("paths").in(path).in(method).in("responses")[code] == nil {
			t.Errorf("no %s for %s %s", code, method, path)
		}
	}
}

func TestHeadAndOptions(t *testing.T) {
	for _, path := range []string{tools, profiles, "/openapi.json", changes, "/livez", "/readyz", "/readyz?service=reload"} {
		whole, head := get(t, path).want(t, 200), do(t, "HEAD", path, "", "Accept-Encoding", "identity").want(t, 200)
		if len(head.body) > 0 || head.header.Get("Content-Length") == "" ||
			head.header.Get("Content-Type") != whole.header.Get("Content-Type") {
			t.Errorf("HEAD %s: %v", path, head.header)
		}
	}
	do(t, "HEAD", changes+"/watch", "").want(t, 200)
	if got := do(t, "OPTIONS", tools, "").want(t, 204).header.Get("Allow"); got != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("Allow %q", got)
	}
}

func TestListsAndProfilesHaveTags(t *testing.T) {
	tool := newTool(t, nil)
	name := tool.text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	for _, path := range []string{
		tools + "?platform=" + tool.text("platform"), tools + "/search?q=" + name, profiles + "/" + name, "/openapi.json",
	} {
		tag := get(t, path).want(t, 200).header.Get("ETag")
		if !strings.HasPrefix(tag, `W/"`) {
			t.Errorf("%s: tag %q", path, tag)
		}
		do(t, "GET", path, "", "If-None-Match", tag).want(t, 304)
	}
}

func TestWrongMethods(t *testing.T) {
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, test := range []struct{ method, path, allow string }{
		{"DELETE", tools, "GET, HEAD, OPTIONS, POST"},
		{"POST", tools + "/grep", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"},
		{"GET", tools + "/reload", "OPTIONS, POST"},
		{"DELETE", tools + "/import", "OPTIONS, POST"},
		{"POST", tools + "/reload/history", "GET, HEAD, OPTIONS"},
		{"POST", tools + "/reload/statistics", "GET, HEAD, OPTIONS"},
		{"POST", tools + "/reload/watch", "GET, HEAD, OPTIONS"},
		{"GET", tools + "/reload/invalidate", "OPTIONS, POST"},
		{"POST", tools + "/health", "GET, HEAD, OPTIONS"},
		{"POST", changes, "GET, HEAD, OPTIONS"},
		{"POST", tools + "/search", "GET, HEAD, OPTIONS"},
		{"DELETE", tools + "/search/query", "GET, HEAD, OPTIONS"},
		{"GET", tools + "/validate", "OPTIONS, POST"},
		{"GET", tools + "/export", "OPTIONS, POST"},
		{"POST", "/api/v1/export", "GET, HEAD, OPTIONS"},
		{"POST", tools + "/capabilities/list", "GET, HEAD, OPTIONS"},
		{"PUT", "/api/v1/capabilities", "GET, HEAD, OPTIONS"},
		{"GET", tools + "/grep/promote", "OPTIONS, POST"},
		{"PUT", tools + "/grep/rollback", "OPTIONS, POST"},
		{"DELETE", tools + "/grep/history", "GET, HEAD, OPTIONS"},
		{"GET", tools + "/grep/validate", "OPTIONS, POST"},
		{"POST", changes + "/watch", "GET, HEAD, OPTIONS"},
		{"POST", profiles + "/grep", "GET, HEAD, OPTIONS"},
	} {
		got := do(t, test.method, test.path, "", append(form, "X-HTTP-Method-Override", "GET")...)
		got.refused(t, 405, test.method)
		if allow := got.header.Get("Allow"); allow != test.allow {
			t.Errorf("%s: Allow %q, want %q", got.request, allow, test.allow)
		}
	}
}

func TestAnEmptyPathVariableIsNoPath(t *testing.T) {
	for _, path := range []string{tools + "/", tools + "/platform/", tools + "/category/"} {
		get(t, path).refused(t, 404, path)
	}
}

func TestContentTypeDoesNotMatter(t *testing.T) {
	path := tools + "/" + newTool(t, nil).text("tool_name")
	for _, contentType := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8", "?",
	} {
		body := object{"description": "With " + contentType}.json()
		tool := do(t, "PUT", path, body, "Content-Type", contentType).object(t)
		if tool.text("description") != "With "+contentType {
			t.Errorf("%q: %v", contentType, tool)
		}
	}
}

func TestBodySizes(t *testing.T) {
	spaces := func(megabytes int) string { return "{}" + strings.Repeat(" ", megabytes<<20) }
	do(t, "POST", tools, spaces(16)).refused(t, 413, "body")
	do(t, "POST", tools+"/reload", spaces(16)).refused(t, 413, "body")
	// Small enough as a body, but not as a message.
	do(t, "POST", tools, `{"description":"`+strings.Repeat("d", 5_000_000)+`"}`).refused(t, 413, "body", "4194304")
	do(t, "POST", tools+"/import", spaces(17)).violates(t, "yaml_content")
	do(t, "POST", tools+"/import", spaces(160)).refused(t, 413, "body")
	get(t, tools+"/health").want(t, 200)
}

func TestRequestID(t *testing.T) {
	if got := do(t, "GET", tools, "", "X-Request-Id", "rest-test-1").header.Get("X-Request-Id"); got != "rest-test-1" {
		t.Errorf("X-Request-Id %q", got)
	}
	if got := get(t, tools).header.Get("X-Request-Id"); got == "" {
		t.Error("no request id was made")
	}
}

func TestGrpcTimeout(t *testing.T) {
	do(t, "GET", tools, "", "Grpc-Timeout", "1n").refused(t, 504)
	do(t, "GET", tools, "", "Grpc-Timeout", "soon").refused(t, 400, "soon")
}
