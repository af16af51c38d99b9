package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// errorBody is what every error has: its reason, too.
type errorBody struct {
	code       int
	message    string
	reason     string
	outcome    string
	violations map[string]string
}

func (a answer) errorBody(t *testing.T) errorBody {
	t.Helper()
	var body struct {
		Code    *int
		Message *string
		Details []struct {
			Type            string `json:"@type"`
			Reason          string
			Metadata        map[string]string
			FieldViolations []struct{ Field, Description string } `json:"field_violations"`
		}
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || body.Code == nil || body.Message == nil {
		t.Fatalf("not an error body: %s", a.body)
	}
	found := errorBody{code: *body.Code, message: *body.Message, violations: map[string]string{}}
	for _, detail := range body.Details {
		if detail.Type == "type.googleapis.com/google.rpc.ErrorInfo" {
			if found.reason != "" || !reasonName.MatchString(detail.Reason) {
				t.Errorf("not one reason as AIP-193 wants it: %s", a.body)
			}
			found.reason, found.outcome = detail.Reason, detail.Metadata["outcome"]
		}
		for _, violation := range detail.FieldViolations {
			found.violations[violation.Field] = violation.Description
		}
	}
	if found.reason == "" {
		t.Errorf("no reason: %s", a.body)
	}
	return found
}

var reasonName = regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,61}[A-Z0-9]$`)

// expectError checks status and that the message of the error body has all parts.
func (a answer) expectError(t *testing.T, status int, parts ...string) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	message := a.errorBody(t).message
	for _, part := range parts {
		if !strings.Contains(message, part) {
			t.Errorf("no %q in message %q", part, message)
		}
	}
}

// expectReason checks status and reason of an error.
func (a answer) expectReason(t *testing.T, status int, reason reason) {
	t.Helper()
	if a.status != status || a.errorBody(t).reason != reasons[reason].name {
		t.Errorf("status %d, want %d %s: %.500s", a.status, status, reasons[reason].name, a.body)
	}
}
