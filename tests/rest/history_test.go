package rest

import (
	"fmt"
	"strings"
	"testing"
)

var entryShape = []string{
	"revision int64", "kind string", "version string", "actor string", "reason string", "time time", "diff list",
	"is_latest bool", "diff_omitted int",
}

// historyOf are the changes of a tool, newest first.
func historyOf(t *testing.T, name, query string) []object {
	t.Helper()
	body := get(t, tools+"/"+name+"/history"+query).object(t)
	body.shape(t, "history", "tool_name string", "history list", "next_page_token string")
	for _, entry := range body.list("history") {
		entry.shape(t, "history entry", entryShape...)
		for _, difference := range entry.list("diff") {
			difference.shape(t, "difference", "path string")
			for _, side := range []string{"old", "new"} {
				if _, there := difference[side]; !there {
					t.Errorf("no %q in %v", side, difference)
				}
			}
		}
	}
	return body.list("history")
}

// differs checks that the entry has exactly one difference at the path, with these values.
func differs(t *testing.T, entry object, path string, from, to any) {
	t.Helper()
	found := 0
	for _, difference := range entry.list("diff") {
		if difference.text("path") == path {
			found++
			contains(t, path, difference, object{"old": from, "new": to})
		}
		for _, own := range []string{"revision", "etag", "updated_at", "created_at"} {
			if difference.text("path") == own {
				t.Errorf("what the server sets is a difference: %v", difference)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d differences at %s in %v", found, path, entry["diff"])
	}
}

func TestHistoryHasTheDifferences(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	do(t, "PUT", path+"?reason=clearer", `{"description":"Second"}`, "X-Actor", "ann").want(t, 200)
	capabilities := definition(name, nil).json()
	changed := parse(t, []byte(strings.Replace(capabilities, `"complexity_score":0.5`, `"complexity_score":0.75`, 1)))
	do(t, "PUT", path, object{"capabilities": changed["capabilities"]}.json(), "X-Actor", "ann").want(t, 200)
	do(t, "PUT", path, `{"defaults":{"freshness":"live"},"execution_location":"here"}`, "X-Actor", "ann").want(t, 200)
	do(t, "PUT", path, `{"metadata":{"author":"tests","tags":["a"]}}`, "X-Actor", "ann").want(t, 200)
	do(t, "PATCH", path+"/disable", `{"reason":"broken"}`, "X-Actor", "Jürgen 東").want(t, 200)
	history := historyOf(t, strings.ToUpper(name), "")
	wantTexts(t, "kinds", column(history, "kind"), "disabled", "updated", "updated", "updated", "updated", "created")
	if len(history) != 6 {
		t.FailNow()
	}
	differs(t, history[0], "enabled", true, false)
	differs(t, history[2], "defaults", nil, object{"freshness": "live"})
	differs(t, history[2], "execution_location", nil, "here")
	differs(t, history[3], "capabilities[0].patterns[0].complexity_score", 0.5, 0.75)
	differs(t, history[4], "description", "Made by a test", "Second")
	if history[4].text("reason") != "clearer" || history[4].text("actor") != "ann" || history[0].text("reason") != "broken" ||
		history[0].text("actor") != "Jürgen 東" {
		t.Errorf("reasons and actors: %v", history)
	}
	if created := history[5]; len(created.list("diff")) != 0 || created.text("actor") != "api" {
		t.Errorf("the creation is %v", created)
	}
	for i := 1; i < len(history); i++ {
		if history[i].int64("revision") >= history[i-1].int64("revision") {
			t.Errorf("not newest first: %v after %v", history[i], history[i-1])
		}
	}
	do(t, "DELETE", path+"?reason=gone", "").want(t, 204)
	wantTexts(t, "a deleted tool's newest kind", column(historyOf(t, name, "?page_size=1"), "kind"), "deleted")
}

func TestHistoryIsPagedAndFiltered(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	addVersion(t, name, "2.0")
	for i := range 3 {
		do(t, "PUT", path, fmt.Sprintf(`{"description":"%d"}`, i)).want(t, 200)
	}
	all := column(historyOf(t, name, "?version=2.0"), "revision")
	if len(all) != 4 {
		t.Errorf("version 2.0 has the changes %v, want 4", all)
	}
	var paged []string
	var token string
	for page := 0; page == 0 || token != ""; page++ {
		body := get(t, path+"/history?version=2.0&page_size=3&page_token="+token).object(t)
		paged = append(paged, column(body.list("history"), "revision")...)
		token = body.text("next_page_token")
		if page == 0 && token != "" {
			get(t, path+"/history?version=1.0&page_size=3&page_token="+token).violates(t, "page_token")
		}
	}
	wantTexts(t, "page by page", paged, all...)
	for _, entry := range historyOf(t, name, "?version=1.0") {
		if entry.text("version") != "1.0" {
			t.Errorf("asked for 1.0, got %v", entry)
		}
	}
	get(t, tools+"/no-such-tool/history").refused(t, 404, "no-such-tool")
	get(t, path+"/history?page_size=0").violates(t, "page_size", "1000")
	get(t, path+"/history?page_size=1001").violates(t, "page_size", "1000")
	get(t, path+"/history?page_token=nonsense").violates(t, "page_token")
	get(t, path+"/history?version=a%20b").violates(t, "version", "a b")
	get(t, tools+"/a%20b/history").violates(t, "tool_name", "a b")
}

func TestTimeTravel(t *testing.T) {
	before := currentRevision(t)
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	states := []object{get(t, path).object(t)}
	for _, body := range []string{`{"description":"Second"}`, `{"platform":"windows","metadata":null}`} {
		states = append(states, do(t, "PUT", path, body).object(t))
	}
	states = append(states, addVersion(t, name, "2.0"))
	last := currentRevision(t)
	do(t, "DELETE", path, "").want(t, 204)
	for _, state := range states {
		at := get(t, path+"?revision="+state.text("revision"))
		compareTools(t, "at revision "+state.text("revision"), at.object(t), state)
		etag := `"` + state.text("etag") + `"`
		wantTexts(t, "ETag", []string{at.header.Get("ETag")}, etag)
		do(t, "GET", path+"?revision="+state.text("revision"), "", "If-None-Match", etag).want(t, 304)
	}
	old := get(t, fmt.Sprintf("%s?version=1.0&revision=%d", path, last)).object(t)
	if old.text("description") != "Second" || old.flag("is_latest") || old.text("platform") != "windows" {
		t.Errorf("version 1.0 at revision %d is %v", last, old)
	}
	get(t, fmt.Sprintf("%s?revision=%d", path, before)).refused(t, 404, name)
	get(t, fmt.Sprintf("%s?revision=%d", path, currentRevision(t))).refused(t, 404, name)
	get(t, fmt.Sprintf("%s?version=9&revision=%d", path, last)).refused(t, 404, name)
	ahead := get(t, fmt.Sprintf("%s?revision=%d", path, currentRevision(t)+1000))
	wantTexts(t, "reason", []string{ahead.refused(t, 400, "revision")}, "REVISION_UNAVAILABLE")
	get(t, path+"?revision=-1").violates(t, "revision", "-1")
	get(t, path+"?revision=soon").refused(t, 400, "revision", "soon")
}
