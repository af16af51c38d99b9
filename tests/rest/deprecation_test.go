package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// warnings are the headers that answers with a deprecated tool carry.
func warnings(a answer) string {
	return a.header.Get("Deprecation") + "|" + a.header.Get("Sunset") + "|" + a.header.Get("Link")
}

func deprecatedSince(t *testing.T, tool object) string {
	t.Helper()
	updated, err := time.Parse(time.RFC3339Nano, tool.text("updated_at"))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("@%d", updated.Unix())
}

func TestADeprecatedToolWarns(t *testing.T) {
	tool := newTool(t, object{"replacement": "other_tool"})
	name := tool.text("tool_name")
	path := tools + "/" + name
	wantTexts(t, "an active tool", []string{warnings(get(t, path))}, "||")
	deprecated := do(t, "PUT", path, `{"status":"deprecated","status_reason":"Too slow"}`)
	tool = deprecated.object(t)
	if tool.text("status_reason") != "Too slow" || tool.text("replacement") != "other_tool" || tool["sunset_at"] != nil {
		t.Errorf("answered %v", tool)
	}
	link := `</api/v1/tools/other_tool>; rel="successor-version"`
	wantTexts(t, "the update", []string{warnings(deprecated)}, deprecatedSince(t, tool)+"||"+link)
	awaitNoProfile(t, name)

	sunset := do(t, "PUT", path, `{"sunset_at":"2099-12-31T23:59:59.5Z"}`)
	tool = sunset.object(t)
	when, _ := time.Parse(time.RFC3339, "2099-12-31T23:59:59Z")
	all := deprecatedSince(t, tool) + "|" + when.UTC().Format(http.TimeFormat) + "|" + link
	for what, got := range map[string]answer{
		"update": sunset, "read": get(t, path), "read of a version": get(t, path+"?version=1.0"),
		"read as it was":    get(t, path+"?revision="+tool.text("revision")),
		"update of nothing": do(t, "PUT", path, `{"status":"deprecated"}`),
		"promotion":         do(t, "POST", path+"/promote", `{"version":"1.0"}`),
		"dry run":           do(t, "PUT", path+"?validate_only=true", `{"status":"deprecated"}`),
	} {
		got.want(t, 200)
		wantTexts(t, what, []string{warnings(got)}, all)
	}
	for _, other := range []string{path + "/versions", path + "/history", tools + "?status=deprecated"} {
		wantTexts(t, other, []string{warnings(get(t, other).want(t, 200))}, "||")
	}
	disabled := do(t, "PATCH", path+"/disable", "")
	wantTexts(t, "disable", []string{strings.SplitN(warnings(disabled), "|", 2)[0]}, deprecatedSince(t, disabled.object(t)))
	wantTexts(t, "as it was", []string{warnings(get(t, path+"?revision="+decrement(tool.int64("revision")-1)))}, "||")

	cleared := do(t, "PUT", path, `{"sunset_at":null,"replacement":null,"status_reason":""}`)
	tool = cleared.object(t)
	if _, there := tool["sunset_at"]; there || tool.text("replacement") != "" || tool.text("status_reason") != "" {
		t.Errorf("cleared: %v", tool)
	}
	wantTexts(t, "cleared", []string{warnings(cleared)}, deprecatedSince(t, tool)+"||")
	wantTexts(t, "active again", []string{warnings(do(t, "PUT", path, `{"status":"active"}`).want(t, 200))}, "||")
}

func TestADeprecatedToolWarnsWhenItIsCreated(t *testing.T) {
	created := do(t, "POST", tools, definition(uniqueName(t), object{
		"status": "deprecated", "replacement": "New.Tool-1", "sunset_at": "2030-01-02T03:04:05Z",
	}).json())
	tool := created.object(t, 201)
	wantTexts(t, "created", []string{warnings(created)}, deprecatedSince(t, tool)+
		`|Wed, 02 Jan 2030 03:04:05 GMT|</api/v1/tools/New.Tool-1>; rel="successor-version"`)
	contains(t, "created", tool, object{"replacement": "New.Tool-1", "sunset_at": "2030-01-02T03:04:05Z"})
}

func TestBadLifecycleFieldsAreRefused(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	for body, field := range map[string]string{
		`{"replacement":"a b"}`: "replacement", `{"replacement":"../x"}`: "replacement",
		object{"replacement": name}.json():                      "replacement",
		object{"replacement": strings.ToUpper(name)}.json():     "replacement",
		`{"sunset_at":"1999-12-31T23:59:59Z"}`:                  "sunset_at",
		`{"status_reason":"` + strings.Repeat("r", 4097) + `"}`: "status_reason",
		`{"status_reason":"a\u0000b"}`:                          "status_reason",
	} {
		t.Run(body[:min(len(body), 50)], func(t *testing.T) { do(t, "PUT", path, body).violates(t, field) })
	}
	do(t, "PUT", path, `{"sunset_at":"soon"}`).refused(t, 400, "sunset_at")
	do(t, "PUT", path, `{"sunset_at":"10000-01-01T00:00:00Z"}`).refused(t, 400, "sunset_at")
}
