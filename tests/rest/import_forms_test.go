package rest

import (
	"fmt"
	"strings"
	"testing"
)

// imported imports a text of one definition, which must succeed, and returns the tool and the warnings as one text.
func imported(t *testing.T, name, yaml string) (object, string) {
	t.Helper()
	body := importYAML(t, "/import", yaml, false)
	wantCounts(t, body, 1, 0, 0)
	var warnings []string
	for _, warning := range body.list("warnings") {
		if warning.text("tool") != name || warning.number("line") < 1 {
			t.Errorf("a warning without tool or position: %v", warning)
		}
		warnings = append(warnings, warning.text("path")+": "+warning.text("error"))
	}
	again := importYAML(t, "/import", yaml, true)
	wantCounts(t, again, 0, 1, 0)
	return get(t, tools+"/"+name).object(t), strings.Join(warnings, "\n")
}

func TestImportOfFormB(t *testing.T) {
	name := uniqueName(t)
	tool, warnings := imported(t, name, fmt.Sprintf(`name: %s
version: "1.2"
description: Has no capabilities
platform: linux
category: system
tags: [one, two]
metadata: {execution_method: ssh, requires_admin: true, idempotent: false}
`, name))
	if !strings.Contains(warnings, "capabilities") {
		t.Errorf("no warning of missing capabilities: %s", warnings)
	}
	contains(t, name, tool, object{"version": "1.2",
		"metadata": object{"execution_method": "ssh", "requires_admin": true, "idempotent": false}})
	if !strings.Contains(tool.json(), `["one","two"]`) {
		t.Errorf("the tags are lost: %v", tool)
	}
}

func TestImportOfFormC(t *testing.T) {
	name := uniqueName(t)
	tool, warnings := imported(t, name, fmt.Sprintf(`tool:
  name: %s
  version: "2.0"
  description: Everything below one key
  platform: linux
  category: system
  capability: restarting
  pattern: gently
  inputs:
    - {name: unit, type: string, required: true}
  policy: {approval_required: true, production_safe: false, timeout_seconds: 30}
`, name))
	capability := tool.list("capabilities")[0]
	pattern := capability.list("patterns")[0]
	contains(t, name, capability, object{"capability_name": "restarting"})
	contains(t, name, pattern, object{"pattern_name": "gently",
		"policy": object{"requires_approval": true, "production_safe": false, "max_execution_time": 30.0}})
	if len(pattern.list("required_inputs")) != 1 || warnings == "" {
		t.Errorf("became %v with the warnings %q", pattern, warnings)
	}
}

func TestImportOfProfiles(t *testing.T) {
	names := []string{uniqueName(t), uniqueName(t)}
	yaml := "version: \"1.0\"\ntools:\n"
	for _, name := range names {
		yaml += fmt.Sprintf("  %s:\n    description: A profile\n    platform: linux\n    category: system\n    capabilities:\n"+
			"      reading:\n        description: Reads\n        patterns:\n          simple:\n            description: Simply\n"+
			"            time_estimate_ms: 1000\n            cost_estimate: 1\n            complexity_score: 0.3\n", name)
	}
	wantCounts(t, importYAML(t, "/import", yaml, false), 2, 0, 0)
	for _, name := range names {
		if tool := get(t, tools+"/"+name).object(t); len(tool.list("capabilities")) != 1 {
			t.Errorf("became %v", tool)
		}
	}
}

func TestProblemsHaveAPosition(t *testing.T) {
	name := uniqueName(t)
	yaml := fmt.Sprintf(`# a comment
tool_name: %s
version: "1.0"
description: d
platform: linus
category: system
capabilities:
  reading:
    patterns:
      simple:
        time_estimate_ms: 1000 + * N
        complexity_score: 7
`, name)
	body := importYAML(t, "/import", yaml, false)
	wantCounts(t, body, 0, 0, 1)
	for path, line := range map[string]float64{
		"platform": 5, "capabilities[0].patterns[0].time_estimate_ms": 11, "capabilities[0].patterns[0].complexity_score": 12,
	} {
		problem := problemAt(body.list("errors"), path)
		if problem.number("line") != line || problem.number("column") < 1 || problem.text("tool") != name {
			t.Errorf("%s: %v, want line %v", path, problem, line)
		}
	}
	template := strings.Replace(formA(name, "x"), "0.3", "<0.0-1.0>", 1)
	body = importYAML(t, "/import", template, false)
	wantCounts(t, body, 0, 0, 1)
	if problem := problemAt(body.list("errors"), "capabilities[0].patterns[0].complexity_score"); problem == nil ||
		!strings.Contains(problem.text("error"), "<0.0-1.0>") {
		t.Errorf("a placeholder: %v", body["errors"])
	}
	get(t, tools+"/"+name).refused(t, 404)
}

func TestAnImportThatIsTooLargeIsRefused(t *testing.T) {
	revision := currentRevision(t)
	for _, text := range []string{strings.Repeat("x", 65<<20), strings.Repeat(`# text\n`, 65<<20/7)} {
		for _, path := range []string{"/import", "/bulk-import"} {
			do(t, "POST", tools+path, `{"yaml_content":"`+text+`"}`).refused(t, 413, "67108864")
		}
	}
	nothingStored(t, revision)
}
