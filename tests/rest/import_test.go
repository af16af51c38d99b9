package rest

import (
	"fmt"
	"strings"
	"testing"
)

// formA is a definition as most files give it: capabilities and patterns are maps by name.
func formA(name, description string) string {
	return fmt.Sprintf(`tool_name: %s
version: "1.0"
description: %s
platform: linux
category: system
some_unknown_key: {kept: [1, two]}
capabilities:
  reading:
    description: Reads
    patterns:
      simple:
        description: Simply
        time_estimate_ms: 1000
        cost_estimate: ceil(N / 10)
        complexity_score: 0.3
`, name, description)
}

// importYAML imports, and checks the shape of the answer and that it adds up.
func importYAML(t *testing.T, path, yaml string, overwrite bool) object {
	t.Helper()
	body := do(t, "POST", tools+path, object{"yaml_content": yaml, "overwrite": overwrite}.json()).object(t)
	body.shape(t, "import", "success bool", "imported_count int", "failed_count int", "skipped_count int", "errors list",
		"warnings list", "revision int64")
	for _, problem := range append(body.list("errors"), body.list("warnings")...) {
		problem.shape(t, "problem", "tool string", "error string", "path string", "line int", "column int")
	}
	if body.flag("success") != (body.number("failed_count") == 0) {
		t.Errorf("success %v with %v failed", body["success"], body["failed_count"])
	}
	return body
}

func wantCounts(t *testing.T, body object, imported, skipped, failed int) {
	t.Helper()
	got := fmt.Sprint(body["imported_count"], body["skipped_count"], body["failed_count"])
	if want := fmt.Sprint(imported, skipped, failed); got != want {
		t.Errorf("imported, skipped, failed: %s, want %s; errors %v", got, want, body["errors"])
	}
}

func TestImportNewSameAndChanged(t *testing.T) {
	a, b := uniqueName(t), uniqueName(t)
	both := formA(a, "First") + "---\n" + formA(b, "Second")
	first := importYAML(t, "/import", both, false)
	wantCounts(t, first, 2, 0, 0)
	if first.int64("revision") != currentRevision(t) {
		t.Errorf("revision %v, the catalog's is %d", first["revision"], currentRevision(t))
	}
	tool := get(t, tools+"/"+a).object(t)
	extra := object{"some_unknown_key": object{"kept": []any{1.0, "two"}}}
	contains(t, a, tool, object{"description": "First", "extra": extra})
	pattern := tool.list("capabilities")[0].list("patterns")[0]
	contains(t, a, pattern, object{"pattern_name": "simple", "time_estimate_ms": "1000", "cost_estimate": "ceil(N / 10)"})
	awaitProfile(t, b, "is there", func(object) bool { return true })

	for _, overwrite := range []bool{false, true} {
		again := importYAML(t, "/bulk-import", both, overwrite)
		wantCounts(t, again, 0, 2, 0)
		if again.text("revision") != first.text("revision") || currentRevision(t) != first.int64("revision") {
			t.Errorf("importing the same made revision %v after %v", again["revision"], first["revision"])
		}
	}
	changed := formA(a, "First") + "---\n" + formA(b, "Second changed")
	refused := importYAML(t, "/import", changed, false)
	wantCounts(t, refused, 0, 1, 1)
	if problem := refused.list("errors")[0]; problem.text("tool") != b ||
		!strings.Contains(problem.text("error"), "exist") {
		t.Errorf("the error is %v", problem)
	}
	if tool := get(t, tools+"/"+b).object(t); tool.text("description") != "Second" {
		t.Errorf("a refused item changed %v", tool)
	}
	wantCounts(t, importYAML(t, "/import", changed, true), 1, 1, 0)
	if tool := get(t, tools+"/"+b).object(t); tool.text("description") != "Second changed" {
		t.Errorf("an overwritten item is %v", tool)
	}
}

func TestImportForms(t *testing.T) {
	names := make([]string, 6)
	for i := range names {
		names[i] = uniqueName(t)
	}
	formE := fmt.Sprintf("tool_name: %s\ndescription: E\nplatform: linux\ncategory: system\ncapabilities:\n"+
		"  - {capability_name: c, patterns: [{pattern_name: p}]}\n", names[0])
	indented := func(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") }
	asList := "- " + strings.ReplaceAll(formA(names[1], "in a list"), "\n", "\n  ")
	toolsList := "tools:\n  - " + indented(formA(names[2], "in tools")) + "\n"
	toolsMap := "tools:\n  " + names[3] + ":\n    " + indented(strings.SplitN(formA("x", "in a map"), "\n", 2)[1]) + "\n"
	asJSON := definition(names[4], object{"description": "JSON is YAML"}).json()
	documents := "---\n" + formA(names[5], "in documents") + "...\n"
	for i, yaml := range []string{formE, asList, toolsList, toolsMap, asJSON, documents} {
		wantCounts(t, importYAML(t, "/import", yaml, false), 1, 0, 0)
		if tool := get(t, tools+"/"+names[i]).object(t); len(tool.list("capabilities")) != 1 {
			t.Errorf("%s\n became %v", yaml, tool)
		}
	}
}

func TestImportFailsItemByItem(t *testing.T) {
	good, bad := uniqueName(t), uniqueName(t)
	yaml := formA(good, "Good") + "---\n" + strings.Replace(formA(bad, "Bad"), "0.3", "7", 1) + "---\n" +
		formA(good, "Good again") + "---\n" + formA("search", "Reserved") + "---\ndescription: Nameless\n"
	body := importYAML(t, "/import", yaml, true)
	wantCounts(t, body, 1, 0, 4)
	for _, want := range []struct{ tool, path, text string }{
		{bad, "capabilities[0].patterns[0].complexity_score", "7"},
		{good, "", ""},
		{"search", "tool_name", "reserved"},
		{"document 5", "tool_name", ""},
	} {
		found := false
		for _, problem := range body.list("errors") {
			if problem.text("tool") == want.tool && strings.Contains(problem.text("path"), want.path) &&
				strings.Contains(problem.text("error"), want.text) {
				found = true
				if problem.number("line") < 1 || problem.number("column") < 1 {
					t.Errorf("no position: %v", problem)
				}
			}
		}
		if !found {
			t.Errorf("no error %+v in %v", want, body["errors"])
		}
	}
	get(t, tools+"/"+bad).refused(t, 404)
	if tool := get(t, tools+"/"+good).object(t); tool.text("description") != "Good" {
		t.Errorf("the second of two definitions replaced the first: %v", tool)
	}
}
