package rest

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
)

// export is the answer to an export, of which the shape is checked.
func export(t *testing.T, fields object) object {
	t.Helper()
	body := do(t, "POST", tools+"/export", fields.json()).object(t)
	body.shape(t, "export", "success bool", "tool_count int", "yaml_content? string", "json_content? string", "warnings list")
	if !body.flag("success") || (body["yaml_content"] == nil) == (body["json_content"] == nil) {
		t.Errorf("exported %v", body)
	}
	return body
}

// rich is a tool with something in every corner, in two versions of which the first is the latest.
func rich(t *testing.T) string {
	t.Helper()
	name := newTool(t, object{
		"description": "Line one\nline two: \"quoted\" # no comment", "status": "testing", "enabled": false,
		"defaults":     object{"freshness": "live", "extra": object{"method": "GET"}},
		"dependencies": []any{object{"name": "bash", "type": "binary", "required": true, "version": ">=5"}},
		"metadata":     object{"author": "tests", "tags": []any{"yes", "1.0", "null", "~"}, "n": 1.5, "deep": object{"a": []any{true, nil}}},
		"extra":        object{"kept": "as it was"}, "execution_location": "here", "status_reason": "0123", "replacement": "other",
		"sunset_at": "2031-02-03T04:05:06Z",
		"examples":  []any{object{"name": "e", "inputs": object{"N": 5}, "expected_time_ms": 1.25}},
	}).text("tool_name")
	addVersion(t, name, "1.10")
	do(t, "POST", tools+"/"+name+"/promote", `{"version":"1.0"}`).want(t, 200)
	return name
}

// allVersions are the versions of a tool, without what every write sets.
func allVersions(t *testing.T, name string) []any {
	t.Helper()
	versions := get(t, tools+"/"+name+"/versions").object(t).list("versions")
	slices.SortFunc(versions, func(a, b object) int { return strings.Compare(a.text("version"), b.text("version")) })
	var definitions []any
	for _, tool := range versions {
		for _, field := range []string{"revision", "etag", "created_at", "updated_at", "updated_by", "created_by"} {
			delete(tool, field)
		}
		definitions = append(definitions, tool)
	}
	return definitions
}

func TestWhatIsExportedCanBeImported(t *testing.T) {
	name := rich(t)
	before := allVersions(t, name)
	for _, format := range []string{"yaml", "json", ""} {
		fields := object{"tool_names": []any{strings.ToUpper(name)}}
		if format != "" {
			fields["format"] = format
		}
		exported := export(t, fields)
		if exported.number("tool_count") != 1 || len(exported.list("warnings")) != 0 {
			t.Errorf("%s: exported %v", format, exported)
		}
		text := exported.text("yaml_content") + exported.text("json_content")
		revision := currentRevision(t)
		wantCounts(t, importYAML(t, "/import", text, true), 0, 2, 0) // unchanged
		nothingStored(t, revision)
		do(t, "DELETE", tools+"/"+name, "").want(t, 204)
		wantCounts(t, importYAML(t, "/import", text, false), 2, 0, 0)
		contains(t, format, allVersions(t, name), before)
		again := export(t, fields)
		wantTexts(t, format+" exported again", []string{again.text("yaml_content") + again.text("json_content")}, text)
		wantCounts(t, importYAML(t, "/import", text, true), 0, 2, 0)
	}
}

func TestExportInFormA(t *testing.T) {
	name := rich(t)
	text := export(t, object{"tool_names": []any{name}}).text("yaml_content")
	for _, part := range []string{"tool_name: " + name, "capabilities:\n  testing:\n", "    patterns:\n      basic:\n"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in %s", part, text)
		}
	}
	for _, own := range []string{"revision:", "etag:", "is_latest:", "updated_at:"} {
		if strings.Contains(text, own) {
			t.Errorf("what the server sets is exported: %s", own)
		}
	}
	var parsed []object
	body := export(t, object{"tool_names": []any{name}, "format": "json"})
	if err := json.Unmarshal([]byte(body.text("json_content")), &parsed); err != nil || len(parsed) != 2 {
		t.Fatalf("%v: %s", err, body.text("json_content"))
	}
	wantTexts(t, "the latest is the last", column(parsed, "version"), "1.10", "1.0")
}

func TestExportFilters(t *testing.T) {
	tool := newTool(t, object{"platform": "scheduler", "category": "asset"}).text("tool_name")
	other := newTool(t, object{"platform": "scheduler", "category": "storage"}).text("tool_name")
	for _, test := range []struct {
		fields object
		want   int
	}{
		{object{"tool_names": []any{tool, other}}, 2}, {object{"tool_names": []any{tool, tool}}, 1},
		{object{"tool_names": []any{tool, other}, "category": "asset"}, 1},
		{object{"tool_names": []any{tool, other}, "platform": "linux"}, 0},
		{object{"tool_names": []any{tool, other}, "platform": "scheduler", "category": "storage"}, 1},
	} {
		if body := export(t, test.fields); body.number("tool_count") != float64(test.want) {
			t.Errorf("%v: exported %v", test.fields, body)
		}
	}
	body := export(t, object{"platform": "scheduler", "category": "asset"})
	if text := body.text("yaml_content"); !strings.Contains(text, tool) || strings.Contains(text, other) {
		t.Errorf("exported %s", text)
	}
	body = export(t, object{"tool_names": []any{"no-such-tool", tool, "nor-this"}})
	if warnings := strings.Join(body.texts("warnings"), "\n"); body.number("tool_count") != 1 ||
		!strings.Contains(warnings, "no-such-tool") || !strings.Contains(warnings, "nor-this") {
		t.Errorf("unknown names: %v", body)
	}
	for field, value := range map[string]any{"format": "xml", "platform": "toaster", "category": "toast"} {
		do(t, "POST", tools+"/export", object{field: value}.json()).violates(t, field, value.(string))
	}
	do(t, "POST", tools+"/export", `{"tool_names":["a b"]}`).refused(t, 400, "tool_names", "a b")
	do(t, "POST", tools+"/export", `{"bogus":1}`).refused(t, 400, "bogus")
	do(t, "POST", tools+"/export?format=json", "").refused(t, 400, "format")
}

// streamExport is the text that the stream carries.
func streamExport(t *testing.T, query string) string {
	t.Helper()
	lines := watch(t, "/api/v1/export"+query)
	var text strings.Builder
	for {
		line, err := lines.reader.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return text.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		result := parse(t, line).in("result")
		result.shape(t, "export", "yaml_content string")
		text.WriteString(result.text("yaml_content"))
	}
}

func TestTheWholeCatalogIsStreamed(t *testing.T) {
	name := rich(t)
	newTool(t, object{"platform": "scheduler", "category": "asset"})
	whole := streamExport(t, "")
	if one := export(t, object{}); one.text("yaml_content") != whole {
		t.Errorf("streamed %d bytes, exported %d", len(whole), len(one.text("yaml_content")))
	}
	revision := currentRevision(t)
	body := importYAML(t, "/import", whole, true)
	if !body.flag("success") || body.number("imported_count") != 0 || body.number("skipped_count") < 3 {
		t.Errorf("imported its own export: %v", body)
	}
	nothingStored(t, revision)
	plain := do(t, "GET", "/api/v1/export", "", "Accept", "application/yaml").want(t, 200)
	if string(plain.body) != whole || plain.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("as plain YAML %d bytes of %d, %v", len(plain.body), len(whole), plain.header)
	}
	again := do(t, "POST", importPath, string(get(t, "/api/v1/export?format=yaml").want(t, 200).body), "Content-Type",
		"application/yaml").object(t)
	if again.number("imported_count")+again.number("failed_count") != 0 ||
		again.number("skipped_count") != body.number("skipped_count") {
		t.Errorf("imported plain YAML: %v", again)
	}
	nothingStored(t, revision)
	part := streamExport(t, "?platform=scheduler&category=asset")
	if part == "" || strings.Contains(part, name) || len(part) >= len(whole) {
		t.Errorf("a part of the catalog: %d bytes of %d", len(part), len(whole))
	}
	get(t, "/api/v1/export?platform=toaster").violates(t, "platform", "toaster")
	get(t, "/api/v1/export?category=toast").violates(t, "category", "toast")
	get(t, "/api/v1/export?format=json").refused(t, 400, "format")
	do(t, "POST", "/api/v1/export", "").refused(t, 405)
}
