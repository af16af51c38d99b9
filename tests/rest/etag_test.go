package rest

import (
	"strconv"
	"testing"
)

func decrement(revision int64) string { return strconv.FormatInt(revision-1, 10) }

func TestIfNoneMatch(t *testing.T) {
	tool := newTool(t, nil)
	path := tools + "/" + tool.text("tool_name")
	etag := get(t, path).want(t, 200).header.Get("ETag")
	if etag != `"`+tool.text("etag")+`"` {
		t.Errorf("ETag %s of %v", etag, tool["etag"])
	}
	for _, condition := range []string{etag, "W/" + etag, `"other", ` + etag, "*"} {
		got := do(t, "GET", path, "", "If-None-Match", condition).want(t, 304)
		if len(got.body) != 0 || got.header.Get("ETag") != etag {
			t.Errorf("%s: body %q, ETag %s", condition, got.body, got.header.Get("ETag"))
		}
	}
	do(t, "GET", path, "", "If-None-Match", `"other"`).want(t, 200)
	do(t, "PUT", path, `{"description":"Changed"}`).want(t, 200)
	do(t, "GET", path, "", "If-None-Match", etag).want(t, 200)
	do(t, "PUT", path, `{"description":"Refused"}`, "If-None-Match", "*").refused(t, 400, "If-None-Match")
	if got := get(t, path).object(t).text("description"); got != "Changed" {
		t.Errorf("a refused change was made: %q", got)
	}
}

func TestIfMatch(t *testing.T) {
	tool := newTool(t, nil)
	path := tools + "/" + tool.text("tool_name")
	stale := `"` + tool.text("etag") + `"`
	current := `"` + do(t, "PUT", path, `{"description":"2"}`, "If-Match", stale).object(t).text("etag") + `"`
	for _, test := range []struct{ method, suffix, body string }{
		{"PUT", "", `{"description":"3"}`},
		{"PATCH", "", `{"description":"3"}`},
		{"PATCH", "/disable", ""},
		{"PATCH", "/enable", `{"enabled":false}`},
		{"DELETE", "", ""},
		{"DELETE", "?version=1.0", ""},
		{"POST", "/promote", `{"version":"1.0"}`},
		{"POST", "/rollback", object{"to_revision": tool["revision"]}.json()},
	} {
		for _, condition := range []string{stale, `"x", "y"`} {
			reason := do(t, test.method, path+test.suffix, test.body, "If-Match", condition).refused(t, 412)
			if reason != "ETAG_MISMATCH" {
				t.Errorf("%s%s: reason %q", test.method, test.suffix, reason)
			}
		}
	}
	if now := get(t, path).object(t); now.text("description") != "2" || `"`+now.text("etag")+`"` != current ||
		!now.flag("enabled") {
		t.Errorf("after refusals: %v", now)
	}
	do(t, "PUT", path, `{"description":"3","etag":`+stale+`}`).refused(t, 412)
	do(t, "PATCH", path+"/disable?etag="+tool.text("etag"), "").refused(t, 412)
	for _, condition := range []string{"W/" + current, `W/` + current + `, "x,y"`, `"x,*,y"`} {
		do(t, "PUT", path, `{"description":"3"}`, "If-Match", condition).refused(t, 412)
	}
	// The condition of the body and that of the header must both hold.
	do(t, "PUT", path, `{"description":"3","etag":`+current+`}`, "If-Match", stale).refused(t, 412)
	do(t, "PUT", path, `{"description":"3","etag":`+stale+`}`, "If-Match", current).refused(t, 412)
	do(t, "PUT", path, `{"description":"2","etag":`+current+`}`, "If-Match", `"x,y", `+current+`,`).want(t, 200)
	do(t, "PUT", path, `{"description":"3"}`, "If-Match", "*").want(t, 200)
	either := `"x", "` + get(t, path).object(t).text("etag") + `"`
	next := do(t, "PUT", path, `{"description":"4"}`, "If-Match", either).object(t)
	next = do(t, "PUT", path, object{"description": "5", "etag": next.text("etag")}.json()).object(t)
	next = do(t, "PATCH", path+"/disable?etag="+next.text("etag"), "").object(t)
	do(t, "DELETE", path, "", "If-Match", `"`+next.text("etag")+`"`).want(t, 204)
}
