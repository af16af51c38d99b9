package rest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// refused checks status and shape of an error, that its message has all parts, and that docs/errors.md tells of its
// reason. It returns the reason.
func (a answer) refused(t *testing.T, status int, parts ...string) string {
	t.Helper()
	body := a.object(t, status)
	body.shape(t, a.request, "code int", "message string", "details list")
	message := body.text("message")
	for _, part := range parts {
		if !strings.Contains(strings.ToLower(message), strings.ToLower(part)) {
			t.Errorf("%s: no %q in message %q", a.request, part, message)
		}
	}
	for _, sql := range []string{"SELECT", "INSERT", "UPDATE tools", "psql", "libpq"} {
		if strings.Contains(message, sql) {
			t.Errorf("%s: the message tells of the database: %s", a.request, message)
		}
	}
	info := errorInfo(body)
	reason := info.text("reason")
	if told := fmt.Sprintf("| %d |", status); info.text("domain") != "toolcatalog" ||
		!strings.Contains(rowOf(t, reason), told) {
		t.Errorf("%s: the page of errors does not tell of reason %q with status %d: %s", a.request, reason, status, a.body)
	}
	return reason
}

// errorInfo is what tells the cause of an error.
func errorInfo(body object) object {
	for _, detail := range body.list("details") {
		if detail.text("@type") == "type.googleapis.com/google.rpc.ErrorInfo" {
			return detail
		}
	}
	return object{}
}

// rowOf is the row of a reason in the page of errors, or "".
func rowOf(t *testing.T, reason string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(page), "\n") {
		if strings.HasPrefix(line, "| `"+reason+"` |") {
			return line
		}
	}
	return ""
}

// violates checks a 400 of a service: its BadRequest details name the field, the description has all parts.
func (a answer) violates(t *testing.T, field string, parts ...string) {
	t.Helper()
	a.refused(t, 400, field)
	for _, detail := range parse(t, a.body).list("details") {
		for _, violation := range detail.list("field_violations") {
			if violation.text("field") != field {
				continue
			}
			for _, part := range parts {
				if !strings.Contains(violation.text("description"), part) {
					t.Errorf("%s: no %q in the violation of %s: %s", a.request, part, field, violation.text("description"))
				}
			}
			return
		}
	}
	t.Errorf("%s: no violation of %q in %.2000s", a.request, field, a.body)
}

// Each class of error, of the gateway and of both services, tells its cause.
func TestEveryErrorTellsItsCause(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	for _, test := range []struct {
		method, path, body string
		status             int
		reason, outcome    string
	}{
		{"GET", "/api/v1/nothing", "", 404, "ROUTE_NOT_FOUND", ""},
		{"DELETE", changes, "", 405, "METHOD_NOT_ALLOWED", ""},
		{"GET", tools + "?bogus=1", "", 400, "UNKNOWN_PARAMETER", ""},
		{"POST", tools, "{", 400, "INVALID_JSON", "NOT_EXECUTED"},
		{"POST", tools, `{"bogus":1}`, 400, "UNKNOWN_FIELD", "NOT_EXECUTED"},
		{"POST", tools, `{"tool_name":"a b"}`, 400, "INVALID_FIELD", "NOT_EXECUTED"},
		{"GET", tools + "?page_size=-1", "", 400, "INVALID_FIELD", ""},
		{"GET", tools + "/no-such-tool", "", 404, "TOOL_NOT_FOUND", ""},
		{"GET", path + "?version=no-such-version", "", 404, "VERSION_NOT_FOUND", ""},
		{"GET", path + "?revision=999999999", "", 400, "REVISION_UNAVAILABLE", ""},
		{"DELETE", tools + "/no-such-tool", "", 404, "TOOL_NOT_FOUND", "NOT_EXECUTED"},
		{"PUT", path, `{"description":"x","etag":"1-0000000000000000"}`, 412, "ETAG_MISMATCH", "NOT_EXECUTED"},
		{"GET", profiles + "/no-such-tool", "", 404, "PROFILE_NOT_FOUND", ""},
		{"GET", tools + "/reload/statistics?replica=nobody", "", 404, "REPLICA_NOT_FOUND", ""},
		{"DELETE", tools + "/reload/hooks/no-such-hook", "", 404, "HOOK_NOT_FOUND", ""},
		{"POST", tools + "/reload/webhook", "{}", 401, "SIGNATURE_INVALID", ""},
	} {
		got := do(t, test.method, test.path, test.body)
		reason := got.refused(t, test.status)
		outcome := errorInfo(parse(t, got.body)).in("metadata").text("outcome")
		if reason != test.reason || outcome != test.outcome {
			t.Errorf("%s: %s", got.request, got.body)
		}
	}
}

func TestAToolThatExistsIsToldAsSuch(t *testing.T) {
	tool := newTool(t, nil)
	name := tool.text("tool_name")
	again := object{"tool_name": name, "version": tool.text("version"), "description": "d", "platform": "linux",
		"category": "system"}
	got := do(t, "POST", tools, again.json())
	wantTexts(t, "reason", []string{got.refused(t, 409, name)}, "TOOL_EXISTS")
	metadata := errorInfo(parse(t, got.body)).in("metadata")
	wantTexts(t, "metadata", []string{metadata.text("tool_name"), metadata.text("outcome")}, name, "NOT_EXECUTED")
}
