package rest

import (
	"strings"
	"testing"
)

var profileShape = []string{
	"tool object", "revision int64", "content_hash string", "loaded_at time", "stale bool", "age_ms number", "error string",
	"frozen bool",
}

func TestProfileIsTheToolAsTheCatalogHasIt(t *testing.T) {
	tool := newTool(t, object{"extra": object{"free": []any{1.5, nil, "x"}}})
	name := tool.text("tool_name")
	profile := awaitProfile(t, strings.ToUpper(name), "is there", func(object) bool { return true })
	profile.shape(t, "profile", profileShape...)
	compareTools(t, "profile", profile.in("tool"), get(t, tools+"/"+name).object(t))
	if profile.flag("stale") || profile.text("error") != "" || len(profile.text("content_hash")) != 64 ||
		profile.number("age_ms") < 0 {
		t.Errorf("profile %v", profile)
	}
	if profile.int64("revision") < tool.int64("revision") {
		t.Errorf("revision %v, the tool's is %v", profile["revision"], tool["revision"])
	}
	get(t, profiles+"/no-such-tool").refused(t, 404, "no-such-tool")
}

func TestProfilesAreTheUsableTools(t *testing.T) {
	usable := map[string]bool{}
	for _, status := range []string{"active", "testing", "draft", "deprecated", "disabled"} {
		name := newTool(t, object{"status": status}).text("tool_name")
		usable[name] = status == "active" || status == "testing"
	}
	off := newTool(t, object{"enabled": false})
	usable[off.text("tool_name")] = false
	for name, wanted := range usable {
		if wanted {
			awaitProfile(t, name, "is there", func(p object) bool { return p.int64("revision") >= off.int64("revision") })
		}
	}
	listed := map[string]bool{}
	var total float64
	for token := "first"; token != ""; {
		page := get(t, profiles+"?page_size=3&page_token="+strings.TrimPrefix(token, "first")).object(t)
		page.shape(t, "profiles", "profiles list", "total int", "revision int64", "next_page_token string")
		for _, profile := range page.list("profiles") {
			profile.shape(t, "profile", profileShape...)
			name := profile.in("tool").text("tool_name")
			if listed[name] {
				t.Errorf("%s is listed twice", name)
			}
			listed[name] = true
		}
		total, token = page.number("total"), page.text("next_page_token")
	}
	if float64(len(listed)) != total {
		t.Errorf("%d profiles listed, total %v", len(listed), total)
	}
	for name, wanted := range usable {
		if listed[name] != wanted {
			t.Errorf("%s is listed: %v, want %v", name, listed[name], wanted)
		}
		if got := get(t, profiles+"/"+name).status; (got == 200) != wanted {
			t.Errorf("profile of %s: status %d", name, got)
		}
	}
	get(t, profiles+"?page_size=0").violates(t, "page_size", "1", "1000")
	get(t, profiles+"?page_token=nonsense").violates(t, "page_token")
}

func TestProfilesByNeed(t *testing.T) {
	marked := definition(uniqueName(t), object{"platform": "windows", "category": "network",
		"metadata": object{"tags": []any{"By-Need"}}})
	tool := do(t, "POST", tools, marked.json()).object(t, 201)
	name := tool.text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	capability := tool.list("capabilities")[0].text("capability_name")
	for _, query := range []string{"platform=windows", "category=network", "tag=by-need", "tag=BY-NEED", "capability=" + capability,
		"platform=windows&category=network&tag=by-need&capability=" + capability} {
		if !listsProfile(t, query, name) {
			t.Errorf("%s does not list %s", query, name)
		}
	}
	for _, query := range []string{"platform=linux", "category=system", "tag=other", "capability=no_such_thing",
		"platform=windows&tag=other"} {
		if listsProfile(t, query, name) {
			t.Errorf("%s lists %s", query, name)
		}
	}
	get(t, profiles+"?tag="+strings.Repeat("x", 101)).violates(t, "tag", "100")
}

// listsProfile follows all pages of the list with these filters.
func listsProfile(t *testing.T, query, name string) bool {
	t.Helper()
	found := false
	var listed, total float64
	for token := ""; ; {
		page := get(t, profiles+"?"+query+"&page_size=100&page_token="+token).object(t)
		for _, profile := range page.list("profiles") {
			listed++
			found = found || profile.in("tool").text("tool_name") == name
		}
		total, token = page.number("total"), page.text("next_page_token")
		if token == "" {
			break
		}
	}
	if listed != total {
		t.Errorf("%s: %v profiles listed, total %v", query, listed, total)
	}
	return found
}

func TestProfilesWaitForTheirRevision(t *testing.T) {
	tool := newTool(t, nil)
	name, revision := tool.text("tool_name"), tool.text("revision")
	profile := get(t, profiles+"/"+name+"?min_revision="+revision).object(t)
	if profile.in("tool").text("revision") != revision {
		t.Errorf("profile %v, want revision %s", profile, revision)
	}
	page := get(t, profiles+"?min_revision="+revision).object(t)
	if page.int64("revision") < tool.int64("revision") {
		t.Errorf("list as of %v, want %s", page["revision"], revision)
	}
	waited := get(t, "/api/v1/revision/wait?revision="+revision).object(t)
	waited.shape(t, "wait", "revision int64", "replicas int")
	for _, path := range []string{profiles + "/" + name + "?min_revision=999999999999", profiles + "?min_revision=999999999999",
		"/api/v1/revision/wait?revision=999999999999"} {
		if reason := get(t, path).refused(t, 400, "999999999999"); reason != "REVISION_UNAVAILABLE" {
			t.Errorf("%s: reason %q", path, reason)
		}
	}
	get(t, profiles+"/"+name+"?min_revision=-1").violates(t, "min_revision", "0")
	get(t, "/api/v1/revision/wait").violates(t, "revision", "1")
}
