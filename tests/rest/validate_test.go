package rest

import (
	"strings"
	"testing"
)

// validate is the answer to a validation, which is a 200 whatever it says.
func validate(t *testing.T, path, body string) object {
	t.Helper()
	answer := do(t, "POST", tools+path, body).object(t)
	answer.shape(t, "validation", "valid bool", "errors list", "warnings list", "evaluations list")
	for _, problem := range append(answer.list("errors"), answer.list("warnings")...) {
		problem.shape(t, "problem", "path string", "rule string", "value string", "message string", "suggestion string")
	}
	for _, evaluation := range answer.list("evaluations") {
		evaluation.shape(t, "evaluation", "path string", "expression string", "value number", "steps list", "error string")
		for _, step := range evaluation.list("steps") {
			step.shape(t, "step", "expression string", "value number")
		}
	}
	if answer.flag("valid") != (len(answer.list("errors")) == 0) {
		t.Errorf("valid %v with the errors %v", answer["valid"], answer["errors"])
	}
	return answer
}

// problemAt is the first problem at the path, nil if there is none.
func problemAt(problems []object, path string) object {
	for _, problem := range problems {
		if problem.text("path") == path {
			return problem
		}
	}
	return nil
}

func TestValidationOfAStoredTool(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	addVersion(t, name, "2.0")
	do(t, "PUT", tools+"/"+name+"?version=1.0", `{"capabilities":[]}`).want(t, 200)
	revision := currentRevision(t)
	latest := validate(t, "/"+strings.ToUpper(name)+"/validate", "")
	if !latest.flag("valid") || len(latest.list("evaluations")) != 0 {
		t.Errorf("answered %v", latest)
	}
	if first := validate(t, "/"+name+"/validate?version=1.0", ""); problemAt(first.list("warnings"), "capabilities") == nil {
		t.Errorf("no warning of missing capabilities: %v", first)
	}
	do(t, "POST", tools+"/no-such-tool/validate", "").refused(t, 404, "no-such-tool")
	do(t, "POST", tools+"/"+name+"/validate?version=9", "").refused(t, 404, "9")
	do(t, "POST", tools+"/a%20b/validate", "").violates(t, "tool_name", "a b")
	do(t, "POST", tools+"/"+name+"/validate", `{"description":"x"}`).refused(t, 400, "no body")
	nothingStored(t, revision)
}

func TestValidationNamesEveryProblemAtOnce(t *testing.T) {
	name := uniqueName(t)
	broken := definition(name, object{"platform": "linus", "status": "aktive", "description": "", "capabilities": []any{object{
		"capability_name": "c", "patterns": []any{
			object{"pattern_name": "p", "complexity_score": 7, "time_estimate_ms": "1000 + * N", "cost_estimate": "1 / 0"},
			object{"pattern_name": "p", "cost_estimate": "celi(N)"},
		}}}})
	revision := currentRevision(t)
	answer := validate(t, "/validate", broken.json())
	for path, value := range map[string]string{
		"platform": "linus", "status": "aktive", "description": "", "capabilities[0].patterns[0].complexity_score": "7",
		"capabilities[0].patterns[0].time_estimate_ms": "", "capabilities[0].patterns[0].cost_estimate": "",
		"capabilities[0].patterns[1].cost_estimate": "", "capabilities[0].patterns[1].pattern_name": "p",
	} {
		problem := problemAt(answer.list("errors"), path)
		if problem == nil || !strings.Contains(problem.text("value"), value) || problem.text("rule") == "" ||
			problem.text("message") == "" {
			t.Errorf("%s: %v", path, problem)
		}
	}
	for path, suggestion := range map[string]string{"platform": "linux", "status": "active"} {
		if problem := problemAt(answer.list("errors"), path); problem.text("suggestion") != suggestion {
			t.Errorf("%s: suggestion %q, want %q", path, problem.text("suggestion"), suggestion)
		}
	}
	// A create is refused for the same reasons.
	do(t, "POST", tools, broken.json()).violates(t, "capabilities[0].patterns[0].cost_estimate")
	nothingStored(t, revision)
	if empty := validate(t, "/validate", "{}"); empty.flag("valid") || problemAt(empty.list("errors"), "tool_name") == nil {
		t.Errorf("of nothing: %v", empty)
	}
	if good := validate(t, "/validate", definition(name, nil).json()); !good.flag("valid") {
		t.Errorf("of a good definition: %v", good)
	}
	get(t, tools+"/"+name).refused(t, 404)
}

func TestValidationWarns(t *testing.T) {
	name := uniqueName(t)
	pattern := object{"pattern_name": "p", "time_estimate_ms": "1000 * rows", "required_inputs": []any{
		object{"name": "host", "type": "string", "validation": "^[a-z]+$", "examples": []any{"UPPER"}},
	}}
	with := func(pattern object) string {
		return definition(name, object{"capabilities": []any{object{"capability_name": "c", "patterns": []any{pattern}}}}).json()
	}
	answer := validate(t, "/validate", with(pattern))
	base := "capabilities[0].patterns[0]."
	if !answer.flag("valid") {
		t.Errorf("errors %v", answer["errors"])
	}
	if problem := problemAt(answer.list("warnings"), base+"time_estimate_ms"); !strings.Contains(problem.text("message"), "rows") {
		t.Errorf("no warning of an unknown variable: %v", answer["warnings"])
	}
	warned := false
	for _, problem := range answer.list("warnings") {
		warned = warned || strings.HasPrefix(problem.text("path"), base+"required_inputs[0]")
	}
	if !warned {
		t.Errorf("no warning of an example that its own rule refuses: %v", answer["warnings"])
	}
	do(t, "POST", tools, with(pattern)).want(t, 201) // warnings refuse nothing
}

func TestEvaluationShowsItsSteps(t *testing.T) {
	name := newTool(t, nil).text("tool_name") // 1000 + 5 * N, and 1
	path := "capabilities[0].patterns[0].time_estimate_ms"
	for _, answer := range []object{
		validate(t, "/"+name+"/validate?variables[N]=7", ""),
		validate(t, "/validate?variables%5BN%5D=7.0&variables[unused]=1e3", definition(uniqueName(t), nil).json()),
	} {
		evaluation := problemAt(answer.list("evaluations"), path)
		if evaluation.number("value") != 1035 || evaluation.text("expression") != "1000 + 5 * N" ||
			evaluation.text("error") != "" {
			t.Errorf("evaluated %v", answer["evaluations"])
		}
		steps := evaluation.list("steps")
		if len(steps) < 2 || steps[len(steps)-1].number("value") != 1035 || problemAt(answer.list("evaluations"), "") != nil {
			t.Errorf("steps %v", steps)
		}
	}
	none := validate(t, "/"+name+"/validate?variables[M]=7", "")
	if problemAt(none.list("evaluations"), path) != nil {
		t.Errorf("evaluated without its variable: %v", none)
	}
	pattern := object{"pattern_name": "p", "cost_estimate": "100 / (N - 2)"}
	body := definition(uniqueName(t), object{
		"capabilities": []any{object{"capability_name": "c", "patterns": []any{pattern}}},
	}).json()
	divided := validate(t, "/validate?variables[N]=2", body)
	if evaluation := problemAt(divided.list("evaluations"), "capabilities[0].patterns[0].cost_estimate"); evaluation == nil ||
		!strings.Contains(evaluation.text("error"), "zero") || evaluation.number("value") != 0 {
		t.Errorf("a division by zero is %v", divided["evaluations"])
	}
}

func TestBadVariablesAndExpressions(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	for query, parts := range map[string][]string{
		"variables[N]=many": {"variables[N]", "many"}, "variables[N]=NaN": {"variables[N]"}, "variables[N]=-Inf": {"variables[N]"},
		"variables[N]=1&variables[N]=2": {"variables[N]", "once"}, "variables=1": {"variables"}, "N=1": {"N"},
		strings.TrimPrefix(strings.Repeat("&variables[v]=1", 2), "&"): {"variables[v]"}, "bogus=1": {"bogus"},
	} {
		do(t, "POST", tools+"/"+name+"/validate?"+query, "").refused(t, 400, parts...)
	}
	do(t, "POST", tools+"/"+name+"/validate?variables[1%20x]=1", "").refused(t, 400, "variables")
	do(t, "POST", tools+"/validate", `{"bogus":1}`).refused(t, 400, "bogus")
	path := "capabilities[0].patterns[0].time_estimate_ms"
	for _, expression := range []string{
		strings.Repeat("1+", 5_000) + "1", `"a"*(10**9)`, "1 / 0", strings.Repeat("(", 400) + "1", "9**9**9**9", "N >", "N = 1", "N;",
		"__import__('os')", "log(0)", "1e400", "2 ** 101",
	} {
		body := definition(uniqueName(t), object{"capabilities": []any{object{"capability_name": "c", "patterns": []any{
			object{"pattern_name": "p", "time_estimate_ms": expression},
		}}}}).json()
		answer := validate(t, "/validate", body)
		problem := problemAt(answer.list("errors"), path)
		if problem == nil || len(problem.text("value")) > 200 {
			t.Errorf("%.50s: %v", expression, answer)
		}
		do(t, "POST", tools, body).violates(t, path)
	}
}
