package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

const id = "00000000-0000-4000-8000-000000000001"

func TestATextIsImportedWithTheOptionsOfTheQuery(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("StreamImport", &pb.ImportToolsResponse{Success: true, ImportedCount: 2, Revision: 7}, nil)
	s.do(t, "POST", importTemplate+"?overwrite=true&validate_only=true&atomic=false&request_id="+id+"&reason=because+so",
		"tool_name: a\n", "Content-Type", "application/yaml", "X-Actor", "ann").
		expect(t, 200, `"success":true`, `"imported_count":2`, `"revision":"7"`, `"errors":[]`)
	request, received := onlyCall[*pb.ImportToolsRequest](t, s.catalog)
	want := &pb.ImportToolsRequest{
		YamlContent: "tool_name: a\n", Overwrite: true, ValidateOnly: true, RequestId: id, Reason: "because so",
	}
	if !proto.Equal(request, want) {
		t.Errorf("received %v", request)
	}
	if got := received.metadata.Get("x-actor"); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("actor %v", got)
	}
	// What is no JSON, and what looks like it, is the text.
	for _, text := range []string{"", "[]", `{"yaml_content": "x"}`, "\xff\xfe", "a: é\r\n"} {
		s.do(t, "POST", importTemplate, text).expect(t, 200)
		request, _ := onlyCall[*pb.ImportToolsRequest](t, s.catalog)
		// A fake keeps bytes that are not UTF-8; the catalog refuses them.
		if request.YamlContent != text {
			t.Errorf("received %q, want %q", request.YamlContent, text)
		}
	}
}

func TestTheTypeOfATextIsChecked(t *testing.T) {
	s := startStack(t)
	for _, mediaType := range []string{
		"application/yaml", "text/yaml", "application/x-yaml", "text/plain", "Text/YAML; Charset=UTF-8", `text/plain; charset="us-ascii"`,
	} {
		s.do(t, "POST", importTemplate, "a: b", "Content-Type", mediaType).expect(t, 200)
		s.catalog.takeCalls()
	}
	for _, mediaType := range []string{
		"application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; charset=latin1", "yaml", "/",
	} {
		got := s.do(t, "POST", importTemplate, "a: b", "Content-Type", mediaType)
		got.expectReason(t, 415, unsupportedMediaType)
		got.expect(t, 415, "header Content-Type: must be one of application/yaml, text/yaml", mediaType, notExecuted)
	}
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("reached the catalog: %v", calls)
	}
}

func TestTheQueryOfATextIsChecked(t *testing.T) {
	s := startStack(t)
	for query, part := range map[string]string{
		"overwrite=yes":                   "true or false",
		"atomic=":                         "true or false",
		"reason=a&reason=b":               "once",
		"yaml_content=x":                  "unknown parameter",
		"options=x":                       "unknown parameter",
		"options[reason]=x":               "unknown parameter",
		"dry_run=true":                    "unknown parameter",
		"reason=%ff":                      "UTF-8",
		"overwrite=true&Validate_Only=no": "unknown parameter",
	} {
		s.do(t, "POST", importTemplate+"?"+query, "a: b").expectError(t, 400, "query", part)
	}
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("reached the catalog: %v", calls)
	}
}

func TestATextHasTheSizeOfAnImport(t *testing.T) {
	s := startStack(t)
	s.do(t, "POST", importTemplate, strings.Repeat("x", maxText)).expect(t, 200)
	if request, _ := onlyCall[*pb.ImportToolsRequest](t, s.catalog); len(request.YamlContent) != maxText {
		t.Errorf("received %d bytes", len(request.YamlContent))
	}
	s.do(t, "POST", importTemplate, strings.Repeat("x", maxText+1)).expectReason(t, 413, bodyTooLarge)
	// Of unknown length.
	request, err := http.NewRequest("POST", s.url+importTemplate, &repeated{left: maxText + 1})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != 413 || !strings.Contains(string(text), notExecuted) {
		t.Errorf("status %d: %s", response.StatusCode, text)
	}
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("%d texts that are too large were imported", len(calls))
	}
	s.allGivenBack(t)
}

// A gateway that may hold 40 MiB passes on a text of 64 MiB, and others beside it.
func TestATextIsPassedOnAsItComes(t *testing.T) {
	s := startSmallStack(t)
	holder := s.dial(t)
	send(t, holder, importTemplate, maxText, strings.Repeat("x", maxText-1))
	await(t, "the text is passed on", func() bool { return s.held() > 0 })
	s.do(t, "POST", importTemplate, strings.Repeat("y", maxText)).expect(t, 200)
	if held := s.held(); held > importPiece*bodyCost {
		t.Errorf("a text that is being passed on costs %d bytes", held)
	}
	io.WriteString(holder, "x")
	if got := readAnswer(t, holder); got.status != 200 {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	s.allGivenBack(t)
	if calls := s.catalog.takeCalls(); len(calls) != 2 {
		t.Errorf("%d texts arrived", len(calls))
	}
}

func TestATextThatBreaksOffIsNotImported(t *testing.T) {
	s := startStack(t)
	for range 20 {
		broken := s.dial(t)
		send(t, broken, importTemplate, 3<<20, strings.Repeat("x", 2<<20))
		await(t, "the text is passed on", func() bool { return s.held() > 0 })
		broken.Close()
		s.allGivenBack(t)
	}
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("%d halves were imported", len(calls))
	}
}

func TestATextThatIsTooSlowIsRefused(t *testing.T) {
	s := startImpatientStack(t, bodyTimeouts{imports: 300 * time.Millisecond, others: 200 * time.Millisecond})
	slow := s.dial(t)
	send(t, slow, importTemplate, 3<<20, strings.Repeat("x", 2<<20))
	readAnswer(t, slow).expectReason(t, 408, bodyTooSlow)
	s.allGivenBack(t)
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("%d halves were imported", len(calls))
	}
}

// The catalog may end the call while the text still comes.
func TestARefusalAmidATextIsAnswered(t *testing.T) {
	s := startStack(t)
	s.catalog.refuseImport = status.Error(codes.ResourceExhausted, "no room for the text")
	for _, target := range []struct{ path, body string }{
		{importTemplate, strings.Repeat("x", 40<<20)},
		{tools + "/import", `{"yaml_content":"` + strings.Repeat("x", 40<<20) + `"}`},
	} {
		s.do(t, "POST", target.path, target.body).expectError(t, 429, "no room for the text")
	}
	s.allGivenBack(t)
}

func TestAnImportHasTheTimeThatItsCallerNames(t *testing.T) {
	s := startStack(t)
	s.catalog.answerWith("StreamImport", func(ctx context.Context) (proto.Message, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	for _, path := range []string{importTemplate, tools + "/import"} {
		got := s.do(t, "POST", path, "{}", "Content-Type", "text/plain", timeoutHeader, "200m")
		got.expectReason(t, 504, deadlineExceeded)
		got.expect(t, 504, outcomeUnknown)
	}
}

// An import is no stream of answers, which a drain would end.
func TestAnImportInFlightSurvivesTheDrain(t *testing.T) {
	s := startStack(t)
	running, goOn := make(chan struct{}), make(chan struct{})
	s.catalog.answerWith("StreamImport", func(context.Context) (proto.Message, error) {
		close(running)
		<-goOn
		return &pb.ImportToolsResponse{Success: true}, nil
	})
	connection := s.dial(t)
	send(t, connection, importTemplate, 4, "a: b")
	<-running
	s.stop()
	await(t, "the gateway drains", func() bool { return strings.Contains(s.log.String(), "draining") })
	close(goOn)
	if got := readAnswer(t, connection); got.status != 200 {
		t.Errorf("status %d: %s", got.status, got.body)
	}
}

func TestOpenAPIDescribesATextAndItsOptions(t *testing.T) {
	operation := fetchOpenAPI(t).Paths[importTemplate]["post"]
	var names []string
	for _, parameter := range operation.Parameters {
		names = append(names, fmt.Sprint(parameter.In, " ", parameter.Name))
	}
	want := "query overwrite, query validate_only, query atomic, query request_id, query reason, header X-Actor"
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("parameters %s, want %s", got, want)
	}
	types := slices.Sorted(maps.Keys(operation.RequestBody.Content))
	if want := slices.Sorted(slices.Values(textTypes)); !slices.Equal(types, want) || !operation.RequestBody.Required {
		t.Errorf("body %v, want %v", types, want)
	}
	codes := slices.Sorted(maps.Keys(operation.Responses))
	if got := strings.Join(codes, " "); got != "200 400 403 408 413 415 429 503 504 default" {
		t.Errorf("answers %s", got)
	}
}
