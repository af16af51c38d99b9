package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

func TestMaskNamesTheFieldsOfTheBody(t *testing.T) {
	s := startStack(t)
	for _, test := range []struct {
		body string
		want string
	}{
		{`{"description":"Updated"}`, "description"},
		{`{"description":null}`, "description"},
		{`{"description":""}`, "description"},
		{`{"enabled":false,"status":"draft"}`, "enabled,status"},
		{`{"enabled":null}`, "enabled"},
		{`{"capabilities":[]}`, "capabilities"},
		{`{"capabilities":null}`, "capabilities"},
		{`{"capabilities":[{"capability_name":"a"}]}`, "capabilities"},
		{`{"defaults":{"freshness":"live","scope":""}}`, "defaults.freshness,defaults.scope"},
		{`{"defaults":{"extra":{"a":1}}}`, "defaults.extra"},
		{`{"status_reason":"r","replacement":"x","sunset_at":"2030-01-01T00:00:00Z"}`, "replacement,status_reason,sunset_at"},
		{`{"sunset_at":null,"replacement":""}`, "replacement,sunset_at"},
		{`{"defaults":{}}`, "defaults"},
		{`{"defaults":null}`, "defaults"},
		{`{"metadata":{"a":{"b.c":1},"":2}}`, "metadata"},
		{`{"metadata":{}}`, "metadata"},
		{`{"metadata":null}`, "metadata"},
		{`{"toolName":"GREP","executionLocation":"x"}`, "execution_location,tool_name"},
		{`{"revision":"1","created_at":"2025-10-03T19:00:00Z"}`, "created_at,revision"},
		{`{}`, ""},
		{``, ""},
	} {
		for _, method := range []string{"PUT", "PATCH"} {
			s.do(t, method, tools+"/grep", test.body).expect(t, 200)
			request, _ := onlyCall[*pb.UpdateToolRequest](t, s.catalog)
			if got := strings.Join(request.UpdateMask.GetPaths(), ","); got != test.want {
				t.Errorf("%s %s: mask %q, want %q", method, test.body, got, test.want)
			}
			if request.Tool.GetToolName() != "grep" {
				t.Errorf("%s %s: tool %q", method, test.body, request.Tool.GetToolName())
			}
		}
	}
}

func TestMaskInTheQueryOverrides(t *testing.T) {
	s := startStack(t)
	s.do(t, "PUT", tools+"/grep?update_mask=description,metadata.x&version=2", `{"status":"draft"}`).expect(t, 200)
	request, _ := onlyCall[*pb.UpdateToolRequest](t, s.catalog)
	if got := request.UpdateMask.GetPaths(); !slices.Equal(got, []string{"description", "metadata.x"}) {
		t.Errorf("mask %v", got)
	}
	if request.Version != "2" || request.Tool.Status != "draft" {
		t.Errorf("received %v", request)
	}
	s.do(t, "PUT", tools+"/grep?update_mask=", `{"status":"draft"}`).expect(t, 200)
	request, _ = onlyCall[*pb.UpdateToolRequest](t, s.catalog)
	if got := request.UpdateMask.GetPaths(); !slices.Equal(got, []string{"status"}) {
		t.Errorf("mask %v", got)
	}
}

func TestBodyMustNotNameAnotherTool(t *testing.T) {
	s := startStack(t)
	for _, body := range []string{`{"tool_name":"sed"}`, `{"toolName":"sed"}`, `{"tool_name":""}`, `{"tool_name":null}`} {
		s.do(t, "PUT", tools+"/grep", body).expectError(t, 400, "tool_name", `"grep"`)
	}
	s.do(t, "PUT", tools+"/grep", `{"tool_name":"Grep","description":"tool_name"}`).expect(t, 200)
	s.do(t, "PUT", tools+"/grep", `{"metadata":{"tool_name":"sed"}}`).expect(t, 200)
}

func TestBodyOfAPromotionOrRollbackMustNotNameAnotherTool(t *testing.T) {
	s := startStack(t)
	for _, action := range []string{"/promote", "/rollback"} {
		for _, body := range []string{`{"tool_name":"sed"}`, `{"toolName":"sed"}`, `{"tool_name":""}`, `{"tool_name":5}`} {
			s.do(t, "POST", tools+"/grep"+action, body).expectError(t, 400, "tool_name", `"grep"`)
		}
		if calls := s.catalog.takeCalls(); len(calls) != 0 {
			t.Errorf("reached the catalog: %v", calls)
		}
		s.do(t, "POST", tools+"/grep"+action, `{"tool_name":"Grep","version":"2"}`).expect(t, 200)
		request, _ := onlyCall[interface {
			proto.Message
			GetToolName() string
			GetVersion() string
		}](t, s.catalog)
		if request.GetToolName() != "grep" || request.GetVersion() != "2" {
			t.Errorf("%s: received %v", action, request)
		}
	}
}

func TestMaskOfAManyKeyedObjectIsOnePath(t *testing.T) {
	var body strings.Builder
	body.WriteString(`{"metadata":{"` + strings.Repeat("k", 1<<20) + `":{"0":0`)
	for i := range 100_000 {
		fmt.Fprintf(&body, `,"k%d":0`, i)
	}
	body.WriteString("}}}")
	message := (&pb.Tool{}).ProtoReflect().Descriptor()
	if got := maskOf([]byte(body.String()), message); !slices.Equal(got, []string{"metadata"}) {
		t.Errorf("mask has %d paths", len(got))
	}
}
