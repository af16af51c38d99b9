package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// typed runs a command as users type it, with the stack's address in place of theirs. curl tells the status through
// its configuration file, so that the command stays word for word.
func typed(t *testing.T, command string) answer {
	t.Helper()
	command = strings.ReplaceAll(command, "http://localhost:8080", stackURL(t))
	home := t.TempDir()
	config := "silent\nshow-error\nnoproxy = \"*\"\nwrite-out = \"\\n%{http_code} %{content_type}\"\n"
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-c", command)
	shell.Env = append(os.Environ(), "CURL_HOME="+home)
	var stderr bytes.Buffer
	shell.Stderr = &stderr
	output, err := shell.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", command, err, &stderr)
	}
	end := bytes.LastIndexByte(output, '\n')
	status, contentType, _ := strings.Cut(string(output[end+1:]), " ")
	got := answer{request: command, header: map[string][]string{"Content-Type": {contentType}}, body: output[:end]}
	if got.status, err = strconv.Atoi(status); err != nil {
		t.Fatalf("%s: no status in %q", command, output)
	}
	return got
}

// eventShape are the fields of a reload event; the last three are absent when they do not apply.
var eventShape = []string{
	"trigger string", "timestamp time", "success bool", "duration_ms number", "tool_name? string", "triggered_by? string",
	"error? string",
}

func TestCommandReloadAll(t *testing.T) {
	body := typed(t, `curl -X POST http://localhost:8080/api/v1/tools/reload`).object(t)
	body.shape(t, "reload", "success bool", "event object")
	event := body.in("event")
	event.shape(t, "reload event", eventShape...)
	if !body.flag("success") || !event.flag("success") || event.text("trigger") != "manual" ||
		event.number("duration_ms") < 0 {
		t.Errorf("answered %v", body)
	}
	for _, absent := range []string{"tool_name", "triggered_by", "error"} {
		if _, there := event[absent]; there {
			t.Errorf("%s does not apply to %v", absent, event)
		}
	}
}

func TestCommandPut(t *testing.T) {
	ensureTool(t, "grep")
	body := typed(t, `curl -X PUT  http://localhost:8080/api/v1/tools/grep -d '{"description":"Updated"}'`).object(t)
	body.shape(t, "tool", toolShape...)
	if body.text("description") != "Updated" || body.text("tool_name") != "grep" {
		t.Errorf("answered %v", body)
	}
	stored := get(t, tools+"/grep").object(t)
	if stored.text("description") != "Updated" || stored.text("etag") != body.text("etag") ||
		len(stored.list("capabilities")) == 0 {
		t.Errorf("stored %v", stored)
	}
	awaitProfile(t, "grep", "has the new text", func(p object) bool {
		return p.in("tool").text("description") == "Updated"
	})
}

func TestCommandHistory(t *testing.T) {
	do(t, "POST", tools+"/reload", "").want(t, 200)
	body := typed(t, `curl http://localhost:8080/api/v1/tools/reload/history?limit=10`).object(t)
	body.shape(t, "history", "history list", "total int")
	events := body.list("history")
	if len(events) == 0 || len(events) > 10 || body.number("total") < float64(len(events)) {
		t.Errorf("%d events, total %v", len(events), body["total"])
	}
	for i, event := range events {
		event.shape(t, "event", eventShape...)
		if !slices.Contains([]string{"manual", "api_update", "periodic", "webhook", "startup"}, event.text("trigger")) {
			t.Errorf("trigger %q", event.text("trigger"))
		}
		if i > 0 && event.text("boot_id") == events[i-1].text("boot_id") &&
			event.int64("event_id") >= events[i-1].int64("event_id") {
			t.Errorf("not newest first: %v after %v", event, events[i-1])
		}
	}
}

func TestCommandStatistics(t *testing.T) {
	do(t, "POST", tools+"/reload", "").want(t, 200)
	body := typed(t, `curl http://localhost:8080/api/v1/tools/reload/statistics`).object(t)
	checkStatistics(t, body)
	if body.number("total_reloads") < 1 {
		t.Errorf("answered %v", body)
	}
}

func checkStatistics(t *testing.T, body object) {
	t.Helper()
	body.shape(t, "statistics", "total_reloads int", "successful_reloads int", "failed_reloads int", "success_rate number",
		"average_duration_ms number", "last_reload object", "configuration object")
	body.in("last_reload").shape(t, "last_reload", "timestamp time", "success bool", "duration_ms number")
	body.in("configuration").shape(t, "configuration", "max_history_size int", "periodic_refresh_enabled bool",
		"periodic_refresh_interval_seconds null")
	total, good, bad := body.number("total_reloads"), body.number("successful_reloads"), body.number("failed_reloads")
	if total != good+bad || body.number("success_rate") < 0 || body.number("success_rate") > 100 {
		t.Errorf("does not add up: %v", body)
	}
	if want := 100 * good / total; total > 0 &&
		(body.number("success_rate")-want > 0.01 || want-body.number("success_rate") > 0.01) {
		t.Errorf("success rate %v, want %v", body["success_rate"], want)
	}
}

func TestCommandReloadOneTool(t *testing.T) {
	ensureTool(t, "grep")
	awaitProfile(t, "grep", "is there", func(object) bool { return true })
	body := typed(t,
		`curl -X POST http://localhost:8080/api/v1/tools/reload -H "Content-Type: application/json" -d '{"tool_name":"grep","triggered_by":"admin"}'`,
	).object(t)
	event := body.in("event")
	event.shape(t, "reload event", eventShape...)
	if !body.flag("success") || !event.flag("success") || event.text("trigger") != "manual" ||
		event.text("tool_name") != "grep" || event.text("triggered_by") != "admin" || event["error"] != nil {
		t.Errorf("answered %v", body)
	}
	newest := get(t, tools+"/reload/history?limit=1").object(t).list("history")[0]
	if newest.text("tool_name") != "grep" || newest.text("triggered_by") != "admin" ||
		newest.text("timestamp") != event.text("timestamp") || newest["duration_ms"] != event["duration_ms"] {
		t.Errorf("the history has %v, the answer %v", newest, event)
	}
}

func TestCommandGet(t *testing.T) {
	ensureTool(t, "github_api")
	body := typed(t, `curl -s http://localhost:8080/api/v1/tools/github_api`).object(t)
	body.shape(t, "tool", toolShape...)
	if body.text("tool_name") != "github_api" || !body.flag("is_latest") {
		t.Errorf("answered %v", body)
	}
}

const createCommand = `curl -X POST http://localhost:8080/api/v1/tools -H "Content-Type: application/json" -d '{"tool_name":"my_tool","version":"1.0",
  "description":"My custom tool","platform":"linux","category":"system","capabilities":[{"capability_name":"my_capability",
  "description":"What it does","patterns":[{"pattern_name":"my_pattern","description":"How to use it","time_estimate_ms":"1000",
  "cost_estimate":"1","complexity_score":0.5,"scope":"local","completeness":"full","policy":{"max_cost":10,
  "requires_approval":false,"production_safe":true},"preference_match":{"speed":0.8,"accuracy":0.9,"cost":0.7,"complexity":0.6,
  "completeness":0.9},"required_inputs":[],"expected_outputs":[]}]}]}'`

func TestCommandCreate(t *testing.T) {
	stackURL(t)
	removeTool(t, "my_tool")
	t.Cleanup(func() { removeTool(t, "my_tool") })
	body := typed(t, createCommand).object(t, 201)
	body.shape(t, "tool", toolShape...)
	if !body.flag("enabled") || body.text("status") != "active" || !body.flag("is_latest") ||
		body.text("created_by") != "api" {
		t.Errorf("answered %v", body)
	}
	var sent object
	text := createCommand[strings.Index(createCommand, "{"):strings.LastIndex(createCommand, "'")]
	if err := json.Unmarshal([]byte(text), &sent); err != nil {
		t.Fatal(err)
	}
	contains(t, "my_tool", get(t, tools+"/my_tool").object(t), sent)
	profile := awaitProfile(t, "my_tool", "is there", func(object) bool { return true })
	contains(t, "profile of my_tool", profile.in("tool"), sent)
	typed(t, createCommand).refused(t, 409, "my_tool", "exist")
}

// contains checks that every value of want, at any depth, is in got.
func contains(t *testing.T, path string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case object:
		contains(t, path, got, map[string]any(want))
	case map[string]any:
		fields, _ := got.(map[string]any)
		if o, ok := got.(object); ok {
			fields = o
		}
		for name, value := range want {
			contains(t, path+"."+name, fields[name], value)
		}
	case []any:
		elements, _ := got.([]any)
		if len(elements) != len(want) {
			t.Errorf("%s: %v, want %v", path, got, want)
			return
		}
		for i := range want {
			contains(t, path+"["+strconv.Itoa(i)+"]", elements[i], want[i])
		}
	default:
		if got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
