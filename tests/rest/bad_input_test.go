package rest

import (
	"fmt"
	"strings"
	"testing"
)

// nested is a JSON object of so many levels.
func nested(levels int) string {
	return strings.Repeat(`{"a":`, levels-1) + `{"b":1}` + strings.Repeat("}", levels-1)
}

func pattern(fields string) string {
	return `"capabilities":[{"capability_name":"c","patterns":[{"pattern_name":"p",` + fields + `}]}]`
}

// TestBadToolsAreRefused sends each bad field in a create, an update and an import.
func TestBadToolsAreRefused(t *testing.T) {
	existing := newTool(t, nil)
	revision := currentRevision(t)
	for _, test := range []struct {
		what, field string
		fields      string
		parts       []string
	}{
		{"900 kB description", "description", `"description":"` + strings.Repeat("d", 900_000) + `"`, []string{"4096", "900000"}},
		{"empty description", "description", `"description":""`, nil},
		{"unknown platform", "platform", `"platform":"toaster"`, []string{"toaster", "linux", "windows"}},
		{"unknown category", "category", `"category":"toast"`, []string{"toast", "system"}},
		{"unknown status", "status", `"status":"broken"`, []string{"broken", "active"}},
		{"complexity 7", "capabilities[0].patterns[0].complexity_score", pattern(`"complexity_score":7`), []string{"7", "0", "1"}},
		{"long expression", "capabilities[0].patterns[0].time_estimate_ms",
			pattern(`"time_estimate_ms":"` + strings.Repeat("1", 501) + `"`), []string{"500", "501"}},
		{"negative cost", "capabilities[0].patterns[0].policy.max_cost", pattern(`"policy":{"max_cost":-1}`), []string{"-1"}},
		{"6 levels of metadata", "metadata.a.a.a.a.a", `"metadata":` + nested(6), []string{"5"}},
		{"U+0000", "description", `"description":"a\u0000b"`, nil},
		{"long short text", "execution_location", `"execution_location":"` + strings.Repeat("x", 101) + `"`, []string{"100"}},
	} {
		t.Run(test.what, func(t *testing.T) {
			name := uniqueName(t)
			whole := `{"tool_name":"` + name + `"`
			for field, value := range map[string]string{"description": "d", "platform": "linux", "category": "system"} {
				if field != test.field {
					whole += fmt.Sprintf(`,"%s":"%s"`, field, value)
				}
			}
			whole += "," + test.fields + "}"
			do(t, "POST", tools, whole).violates(t, test.field, test.parts...)
			do(t, "PUT", tools+"/"+existing.text("tool_name"), "{"+test.fields+"}").violates(t, test.field, test.parts...)
			body := importYAML(t, "/import", whole, false)
			wantCounts(t, body, 0, 0, 1)
			field := test.field
			if len(whole) > 1<<20 { // what is certainly too large for a definition is not read
				field = ""
			}
			if problem := body.list("errors")[0]; problem.text("path") != field || problem.text("error") == "" {
				t.Errorf("import: %v", problem)
			}
			get(t, tools+"/"+name).refused(t, 404)
		})
	}
	nothingStored(t, revision)
	compareTools(t, "after refused updates", get(t, tools+"/"+existing.text("tool_name")).object(t), existing)
}

// nothingStored checks that the catalog is still at the revision.
func nothingStored(t *testing.T, revision int64) {
	t.Helper()
	if now := currentRevision(t); now != revision {
		log := get(t, fmt.Sprintf("%s?from_revision=%d", changes, revision)).body
		t.Errorf("revision %d, before %d: %s", now, revision, log)
	}
}

func TestFiveLevelsOfMetadataAreFine(t *testing.T) {
	newTool(t, object{"metadata": parse(t, []byte(nested(5)))})
}

func TestBadNamesAreRefused(t *testing.T) {
	stackURL(t)
	revision := currentRevision(t)
	for name, parts := range map[string][]string{
		"../../evil": {"../../evil"}, "search": {"search", "reserved"}, "Search": {"reserved"}, "bulk-import": {"reserved"},
		"health": {"reserved"}, "reload": {"reserved"}, "": nil, "-x": {"-x"}, "a b": {"a b"}, "a/b": nil, "caf\u00e9": nil,
		"a\n": nil, strings.Repeat("n", 101): {"{0,99}"},
	} {
		do(t, "POST", tools, definition(name, nil).json()).violates(t, "tool_name", parts...)
	}
	do(t, "POST", tools, definition("rest-bad-version", object{"version": "1 0"}).json()).violates(t, "version", "1 0")
	for _, path := range []string{"/..%2F..%2Fevil", "/%2e%2e%2f%2e%2e%2fevil", "/..", "/a%20b"} {
		for _, method := range []string{"GET", "DELETE"} {
			do(t, method, tools+path, "").violates(t, "tool_name")
		}
		do(t, "PUT", tools+path, `{"description":"x"}`).refused(t, 400, "tool_name")
		get(t, profiles+path).violates(t, "tool_name")
	}
	for _, path := range []string{tools + "/../../evil", tools + "//evil", tools + "/a/b", "//api/v1/tools"} {
		get(t, path).refused(t, 404, "path")
	}
	nothingStored(t, revision)
}

func TestBadJSONIsRefused(t *testing.T) {
	tool := newTool(t, nil)
	path := tools + "/" + tool.text("tool_name")
	revision := currentRevision(t)
	for _, test := range []struct {
		body  string
		parts []string
	}{
		{`{"bogus":1}`, []string{"body", `unknown field "bogus"`}},
		{`{"capabilities":[{"bogus":1}]}`, []string{`unknown field "bogus"`}},
		{`{"description":5}`, []string{"description", "string"}},
		{`{"enabled":"yes"}`, []string{"enabled", "bool"}},
		{`{"capabilities":{}}`, []string{"body"}},
		{`{"capabilities":[{"patterns":[{"complexity_score":"high"}]}]}`, []string{"complexity_score", "double"}},
		{`{"description":"x"`, []string{"body"}},
		{`{"description":"x"}{}`, []string{"body"}},
		{`{"description":"a","description":"b"}`, []string{"description", "duplicate"}},
		{`{"metadata":{"a":NaN}}`, []string{"body"}},
		{"{\"description\":\"\xff\xfe\"}", []string{"body", "UTF-8"}},
		{`{"description":"\ud800"}`, []string{"body"}},
		{`{"metadata":` + nested(40) + `}`, []string{"body", "32"}},
		{`{"metadata":` + nested(100_000) + `}`, []string{"body", "32"}},
		{`"text"`, []string{"body"}},
	} {
		do(t, "POST", tools, test.body).refused(t, 400, test.parts...)
		do(t, "PUT", path, test.body).refused(t, 400, test.parts...)
	}
	nothingStored(t, revision)
}

func TestBadQueriesAreRefused(t *testing.T) {
	for query, field := range map[string]string{
		"page_size=-1": "page_size", "page_size=0": "page_size", "page_size=1001": "page_size", "page=-1": "page",
		"page_token=nonsense": "page_token", "platform=toaster": "platform", "category=toast": "category",
		"status=broken": "status",
	} {
		_, value, _ := strings.Cut(query, "=")
		if field == "page_token" {
			value = "next_page_token"
		}
		get(t, tools+"?"+query).violates(t, field, value)
	}
	get(t, tools+"/platform/toaster").violates(t, "platform", "toaster", "linux")
	get(t, tools+"/category/toast").violates(t, "category", "toast", "system")
	for query, parts := range map[string][]string{
		"bogus=1": {"bogus"}, "page_size=many": {"page_size", "integer"}, "enabled=maybe": {"enabled", "true"},
		"page=1&page=2": {"page", "once"}, "platform=%ff": {"platform", "UTF-8"}, "page_size=99999999999": {"page_size"},
	} {
		get(t, tools+"?"+query).refused(t, 400, parts...)
	}
	for _, request := range []string{
		"POST " + tools + "/import", "POST " + tools + "/reload/invalidate", "GET " + tools + "/health",
		"GET " + tools + "/reload/statistics", "GET " + changes + "/watch", "GET " + profiles,
	} {
		method, path, _ := strings.Cut(request, " ")
		do(t, method, path+"?bogus=1", "").refused(t, 400, "bogus")
	}
	get(t, tools+"/caf%E9").refused(t, 400, "path", "UTF-8")
}

func TestBadYAMLIsRefused(t *testing.T) {
	name := uniqueName(t)
	revision := currentRevision(t)
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	for what, yaml := range map[string]string{
		"empty":            "",
		"truncated":        formA(name, "x") + "more: [1, 2",
		"truncated string": formA(name, "\"x") + "",
		"alias bomb":       formA(name, "x") + bomb,
		"tab":              "tool_name:\t- " + name + "\n\t- x: [",
		"scalar":           "just text",
		"unknown alias":    formA(name, "*nobody"),
		"deep":             "metadata: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
	} {
		got := do(t, "POST", tools+"/import", object{"yaml_content": yaml}.json())
		if got.status == 200 { // readable YAML whose one item is refused
			body := got.object(t)
			if body.number("imported_count") != 0 || body.number("failed_count") == 0 {
				t.Errorf("%s: %v", what, body)
			}
			if what != "scalar" && what != "deep" {
				t.Errorf("%s: status 200, want 400: %v", what, body)
			}
			continue
		}
		got.refused(t, 400, "yaml_content")
	}
	get(t, tools+"/"+name).refused(t, 404)
	nothingStored(t, revision)
}
