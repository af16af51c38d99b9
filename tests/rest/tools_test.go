package rest

import (
	"fmt"
	"strings"
	"testing"
)

func TestCreateReadDelete(t *testing.T) {
	name := uniqueName(t)
	sent := definition(name, nil)
	created := do(t, "POST", tools, sent.json(), "X-Actor", "ann")
	tool := created.object(t, 201)
	tool.shape(t, "tool", toolShape...)
	if tool.text("created_by") != "ann" || tool.text("version") != "1.0" || tool.text("status") != "active" ||
		!tool.flag("enabled") {
		t.Errorf("created %v", tool)
	}
	if got, want := created.header.Get("ETag"), `"`+tool.text("etag")+`"`; got != want {
		t.Errorf("ETag %s, want %s", got, want)
	}
	read := get(t, tools+"/"+name).object(t)
	contains(t, name, read, parse(t, []byte(sent.json())))
	input := read.list("capabilities")[0].list("patterns")[0].list("required_inputs")[0]
	if value, there := input["default"]; !there || value != nil {
		t.Errorf("a default of null is %v in %v", value, input)
	}
	if _, there := read.list("capabilities")[0].list("patterns")[0].in("policy")["max_execution_time"]; there {
		t.Error("an unset optional field is in the answer")
	}
	if upper := get(t, tools+"/"+strings.ToUpper(name)).object(t); upper.text("tool_name") != name {
		t.Errorf("read by another case: %v", upper["tool_name"])
	}
	do(t, "POST", tools, definition(strings.ToUpper(name), nil).json()).refused(t, 409, name)
	deleted := do(t, "DELETE", tools+"/"+name, "").want(t, 204)
	if len(deleted.body) != 0 {
		t.Errorf("a 204 has the body %q", deleted.body)
	}
	get(t, tools+"/"+name).refused(t, 404, name)
	do(t, "DELETE", tools+"/"+name, "").refused(t, 404, name)
	do(t, "PUT", tools+"/"+name, `{"description":"x"}`).refused(t, 404, name)
	awaitNoProfile(t, name)
}

func TestVersions(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	for _, version := range []string{"2.0", "1.5"} {
		tool := do(t, "POST", tools, definition(name, object{"version": version}).json()).object(t, 201)
		if !tool.flag("is_latest") {
			t.Errorf("the new version %s is not the latest", version)
		}
	}
	checkVersions(t, name, "1.5", "2.0", "1.0")
	if tool := get(t, tools+"/"+name+"?version=2.0").object(t); tool.text("version") != "2.0" || tool.flag("is_latest") {
		t.Errorf("version 2.0 is %v", tool)
	}
	get(t, tools+"/"+name+"?version=9").refused(t, 404, name, "9")
	do(t, "PUT", tools+"/"+name+"?version=1.0", `{"description":"Old"}`).want(t, 200)
	if tool := get(t, tools+"/"+name).object(t); tool.text("description") == "Old" || tool.text("version") != "1.5" {
		t.Errorf("the latest is %v", tool)
	}
	do(t, "DELETE", tools+"/"+name+"?version=1.5", "").want(t, 204)
	checkVersions(t, name, "2.0", "1.0")
	do(t, "DELETE", tools+"/"+name, "").want(t, 204)
	get(t, tools+"/"+name+"/versions").refused(t, 404, name)
}

// checkVersions checks the list of versions, of which the first must be the one latest.
func checkVersions(t *testing.T, name string, want ...string) {
	t.Helper()
	body := get(t, tools+"/"+name+"/versions").object(t)
	body.shape(t, "versions", "tool_name string", "versions list", "total_versions int")
	var got []string
	for i, tool := range body.list("versions") {
		got = append(got, tool.text("version"))
		if tool.flag("is_latest") != (i == 0) {
			t.Errorf("version %s: is_latest %v", tool.text("version"), tool["is_latest"])
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") || body.number("total_versions") != float64(len(want)) {
		t.Errorf("versions %v, total %v, want %v", got, body["total_versions"], want)
	}
	if latest := get(t, tools+"/"+name).object(t); latest.text("version") != want[0] {
		t.Errorf("latest %s, want %s", latest.text("version"), want[0])
	}
}

func TestEnableAndDisable(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	awaitProfile(t, name, "is there", func(object) bool { return true })
	if tool := do(t, "PATCH", path+"/disable", "").object(t); tool.flag("enabled") {
		t.Errorf("disabled: %v", tool)
	}
	awaitNoProfile(t, name)
	if tool := get(t, path).object(t); tool.flag("enabled") {
		t.Errorf("a disabled tool reads %v", tool)
	}
	if tool := do(t, "PUT", path, `{"description":"Edited while disabled"}`).object(t); tool.flag("enabled") {
		t.Errorf("an edit enabled %v", tool)
	}
	if body := do(t, "POST", tools+"/reload", object{"tool_name": name}.json()).object(t); !body.flag("success") {
		t.Errorf("reload of a disabled tool: %v", body)
	}
	get(t, profiles+"/"+name).refused(t, 404, name)
	if tool := do(t, "PATCH", path+"/enable", "").object(t); !tool.flag("enabled") {
		t.Errorf("enabled: %v", tool)
	}
	awaitProfile(t, name, "is back", func(p object) bool {
		return p.in("tool").text("description") == "Edited while disabled"
	})
	if tool := do(t, "PATCH", path+"/enable?version=1.0", `{"enabled": false}`).object(t); tool.flag("enabled") {
		t.Errorf("enable with false: %v", tool)
	}
	awaitNoProfile(t, name)
	do(t, "PATCH", path+"/enable?version=7", "").refused(t, 404, name)
}

func TestListFiltersAndPages(t *testing.T) {
	a := newTool(
		t,
		object{"platform": "scheduler", "category": "logging", "status": "draft", "enabled": false},
	).text("tool_name")
	b := newTool(t, object{"platform": "scheduler", "category": "logging", "status": "testing"}).text("tool_name")
	for path, want := range map[string][]string{
		"/platform/scheduler?category=logging":                              {a, b},
		"/category/logging?platform=scheduler":                              {a, b},
		"?platform=scheduler&category=logging&status=draft":                 {a},
		"?platform=scheduler&category=logging&enabled=false":                {a},
		"?platform=scheduler&category=logging&enabled=true&status=testing":  {b},
		"?platform=scheduler&category=logging&status=deprecated":            {},
		"?platform=scheduler&category=logging&page_size=1000&enabled=false": {a},
	} {
		body := get(t, tools+path).object(t)
		body.shape(t, "list", "tools list", "total int", "page int", "page_size int", "next_page_token string")
		names := map[string]bool{}
		for _, tool := range body.list("tools") {
			tool.shape(t, "tool", toolShape...)
			names[tool.text("tool_name")] = true
		}
		for _, name := range []string{a, b} {
			if wanted := strings.Contains(fmt.Sprint(want), name); names[name] != wanted {
				t.Errorf("%s: %s is listed: %v, want %v", path, name, names[name], wanted)
			}
		}
	}
	first := get(t, tools).object(t)
	if first.number("page") != 1 || first.number("page_size") != 50 {
		t.Errorf("defaults: page %v, page_size %v", first["page"], first["page_size"])
	}
	// Page by page, by token and by number, gives every tool once, in order of its name.
	var byToken, byNumber []string
	token := ""
	for page := 1; ; page++ {
		body := get(t, tools+"?page_size=7&page_token="+token).object(t)
		for _, tool := range body.list("tools") {
			byToken = append(byToken, tool.text("tool_name"))
		}
		numbered := get(t, fmt.Sprintf("%s?page_size=7&page=%d", tools, page)).object(t)
		for _, tool := range numbered.list("tools") {
			byNumber = append(byNumber, tool.text("tool_name"))
		}
		if token = body.text("next_page_token"); token == "" {
			break
		}
	}
	for i := 1; i < len(byToken); i++ {
		if strings.ToLower(byToken[i-1]) >= strings.ToLower(byToken[i]) {
			t.Errorf("%s is listed before %s", byToken[i-1], byToken[i])
		}
	}
	if len(byToken) != int(first.number("total")) || strings.Join(byToken, " ") != strings.Join(byNumber, " ") {
		t.Errorf("%d tools by token, %d by number, total %v", len(byToken), len(byNumber), first["total"])
	}
}
