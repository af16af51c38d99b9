package rest

import (
	"strings"
	"testing"
)

var profileShape = []string{
	"tool object", "revision int64", "content_hash string", "loaded_at time", "stale bool", "age_ms number", "error string",
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
