// Package rest tests the REST interface of a running stack.
package rest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

const (
	tools    = "/api/v1/tools"
	profiles = "/api/v1/profiles"
	changes  = "/api/v1/changes"
	// patience bounds each request and each wait.
	patience = 20 * time.Second
)

// stackURL is the address of the stack; the test is skipped without one.
func stackURL(t *testing.T) string {
	t.Helper()
	url := os.Getenv("TOOLCATALOG_REST_URL")
	if url == "" {
		t.Skip("TOOLCATALOG_REST_URL is not set: it names a running stack, for example http://127.0.0.1:18080")
	}
	return strings.TrimSuffix(url, "/")
}

// answer is what came back for one request.
type answer struct {
	request string
	status  int
	header  http.Header
	body    []byte
}

// do sends a request; headers are alternating names and values.
func do(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, stackURL(t)+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{method + " " + path, response.StatusCode, response.Header, text}
}

func get(t *testing.T, path string) answer {
	t.Helper()
	return do(t, "GET", path, "")
}

// want checks the status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: status %d, want %d: %.2000s", a.request, a.status, status, a.body)
	}
	return a
}

// object is the body of a 200, or of another status that is given.
func (a answer) object(t *testing.T, status ...int) object {
	t.Helper()
	if len(status) == 0 {
		status = []int{200}
	}
	a.want(t, status[0])
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s: content type %q", a.request, got)
	}
	return parse(t, a.body)
}

// object is a JSON object.
type object map[string]any

func parse(t *testing.T, text []byte) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(text, &o); err != nil || o == nil {
		t.Fatalf("not a JSON object: %v: %.2000s", err, text)
	}
	if compact := new(bytes.Buffer); json.Compact(compact, text) != nil || compact.Len() != len(bytes.TrimSpace(text)) {
		t.Errorf("not compact: %.2000s", text)
	}
	return o
}

func (o object) text(name string) string    { s, _ := o[name].(string); return s }
func (o object) number(name string) float64 { n, _ := o[name].(float64); return n }
func (o object) flag(name string) bool      { b, _ := o[name].(bool); return b }
func (o object) in(name string) object      { m, _ := o[name].(map[string]any); return m }

// texts is a list of strings.
func (o object) texts(name string) []string {
	var texts []string
	elements, _ := o[name].([]any)
	for _, element := range elements {
		text, _ := element.(string)
		texts = append(texts, text)
	}
	return texts
}

// column has one string field of each object of a list.
func column(objects []object, field string) []string {
	var texts []string
	for _, o := range objects {
		texts = append(texts, o.text(field))
	}
	return texts
}

// wantTexts compares lists of strings.
func wantTexts(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func (o object) list(name string) []object {
	var objects []object
	elements, _ := o[name].([]any)
	for _, element := range elements {
		m, _ := element.(map[string]any)
		objects = append(objects, m)
	}
	return objects
}

// shape checks that each field is there with its type: "name type", or "name? type" for one that may be absent. Types
// are string, int64 (a string of digits), int, number, bool, time, list, object, null. Further fields are allowed.
func (o object) shape(t *testing.T, what string, fields ...string) {
	t.Helper()
	for _, field := range fields {
		name, kind, _ := strings.Cut(field, " ")
		name, optional := strings.CutSuffix(name, "?")
		value, there := o[name]
		if !there {
			if !optional {
				t.Errorf("%s: no field %q in %v", what, name, o)
			}
			continue
		}
		if !isKind(value, kind) {
			t.Errorf("%s: field %q must be %s, is %v (%T)", what, name, kind, value, value)
		}
	}
}

func isKind(value any, kind string) bool {
	switch v := value.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "bool"
	case float64:
		return kind == "number" || kind == "int" && v == float64(int64(v))
	case []any:
		return kind == "list"
	case map[string]any:
		return kind == "object"
	case string:
		if kind == "time" {
			_, err := time.Parse(time.RFC3339Nano, v)
			return err == nil && strings.HasSuffix(v, "Z")
		}
		return kind == "string" || kind == "int64" && v != "" && strings.Trim(strings.TrimPrefix(v, "-"), "0123456789") == ""
	}
	return false
}

// await waits until the condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("gave up waiting: %s", what)
		}
	}
}

// stream is an open stream of lines.
type stream struct {
	t      *testing.T
	path   string
	reader *bufio.Reader
	cancel context.CancelFunc
}

// watch opens a stream, which ends with the test.
func watch(t *testing.T, path string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, "GET", stackURL(t)+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != 200 {
		text, _ := io.ReadAll(response.Body)
		t.Fatalf("GET %s: status %d: %s", path, response.StatusCode, text)
	}
	return &stream{t, path, bufio.NewReader(response.Body), cancel}
}

// next is the result of the next line.
func (s *stream) next() object {
	s.t.Helper()
	line, err := s.reader.ReadBytes('\n')
	if err != nil {
		s.t.Fatalf("GET %s: no further line: %v", s.path, err)
	}
	message := parse(s.t, line)
	if message["result"] == nil {
		s.t.Fatalf("GET %s: not a result: %s", s.path, line)
	}
	return message.in("result")
}

// number is the value of an int64 field.
func (o object) int64(name string) int64 {
	var n int64
	fmt.Sscan(o.text(name), &n)
	return n
}
