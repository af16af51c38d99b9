package rest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// uniqueName is a tool's name that nobody else uses. The tool is deleted when the test ends.
func uniqueName(t *testing.T) string {
	t.Helper()
	name := "rest-" + strings.ToLower(rand.Text()[:12])
	stackURL(t)
	t.Cleanup(func() { removeTool(t, name) })
	return name
}

func removeTool(t *testing.T, name string) {
	t.Helper()
	if got := do(t, "DELETE", tools+"/"+name, ""); got.status != 204 && got.status != 404 {
		t.Errorf("%s: status %d: %s", got.request, got.status, got.body)
	}
}

// definition is a small, complete tool with the given fields changed.
func definition(name string, fields object) object {
	tool := object{
		"tool_name": name, "version": "1.0", "description": "Made by a test", "platform": "linux", "category": "system",
		"capabilities": []any{object{
			"capability_name": "testing", "description": "Is there",
			"patterns": []any{object{
				"pattern_name": "basic", "description": "Once", "time_estimate_ms": "1000 + 5 * N", "cost_estimate": "1",
				"complexity_score": 0.5, "scope": "single", "completeness": "full",
				"policy":           object{"max_cost": 10, "production_safe": true},
				"preference_match": object{"speed": 0.8, "accuracy": 0.9},
				"required_inputs":  []any{object{"name": "N", "type": "integer", "default": nil}},
			}},
		}},
		"metadata": object{"author": "tests", "tags": []any{"a", "b"}},
	}
	maps.Copy(tool, fields)
	return tool
}

func (o object) json() string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// newTool creates a tool of a unique name and returns it as answered.
func newTool(t *testing.T, fields object) object {
	t.Helper()
	return do(t, "POST", tools, definition(uniqueName(t), fields).json()).object(t, 201)
}

// ensureTool makes sure that a tool of this name is there, and leaves things as they were when the test ends.
func ensureTool(t *testing.T, name string) {
	t.Helper()
	found := get(t, tools+"/"+name)
	if found.status == 404 {
		do(t, "POST", tools, definition(name, nil).json()).want(t, 201)
		t.Cleanup(func() { removeTool(t, name) })
		return
	}
	description := found.object(t).text("description")
	t.Cleanup(func() { do(t, "PUT", tools+"/"+name, object{"description": description}.json()).want(t, 200) })
}

// currentRevision is the catalog's global revision.
func currentRevision(t *testing.T) int64 {
	t.Helper()
	return get(t, changes+"?page_size=1").object(t).int64("revision")
}

// uniqueWord is a word of lower-case letters that nobody else uses.
func uniqueWord() string {
	letters := strings.NewReplacer("2", "g", "3", "h", "4", "i", "5", "j", "6", "k", "7", "l")
	return letters.Replace(strings.ToLower(rand.Text()[:14]))
}

// requestID is a new UUID.
func requestID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// withCapability is a list of one capability of this name, with one pattern.
func withCapability(name string) []any {
	return []any{object{"capability_name": name, "patterns": []any{object{"pattern_name": "p"}}}}
}

// addVersion creates a further version of a tool, which becomes its latest.
func addVersion(t *testing.T, name, version string) object {
	t.Helper()
	return do(t, "POST", tools, definition(name, object{"version": version}).json()).object(t, 201)
}

// toolShape are the fields that every tool in an answer has.
var toolShape = []string{
	"tool_name string", "version string", "description string", "platform string", "category string", "status string",
	"enabled bool", "dependencies list", "capabilities list", "execution_location string", "examples list",
	"created_by string", "updated_by string", "revision int64", "etag string", "is_latest bool", "created_at time",
	"updated_at time", "status_reason string", "replacement string", "sunset_at? time", "defaults? object", "metadata? object", "extra? object",
}

// awaitProfile waits until the profile of a tool satisfies the condition.
func awaitProfile(t *testing.T, name, what string, condition func(object) bool) object {
	t.Helper()
	var profile object
	await(t, "profile "+name+" "+what, func() bool {
		got := get(t, profiles+"/"+name)
		if got.status != 200 {
			return false
		}
		profile = got.object(t)
		return condition(profile)
	})
	return profile
}

func awaitNoProfile(t *testing.T, name string) {
	t.Helper()
	await(t, "profile "+name+" is gone", func() bool { return get(t, profiles+"/"+name).status == 404 })
}
