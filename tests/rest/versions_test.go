package rest

import (
	"fmt"
	"testing"
)

// versionsOf are the versions as listed, and the one that is the latest.
func versionsOf(t *testing.T, name, query string) (versions []string, latest string) {
	t.Helper()
	body := get(t, tools+"/"+name+"/versions"+query).object(t)
	count := 0
	for _, tool := range body.list("versions") {
		versions = append(versions, tool.text("version"))
		if tool.flag("is_latest") {
			latest = tool.text("version")
			count++
		}
	}
	if count != 1 || body.number("total_versions") != float64(len(versions)) {
		t.Errorf("%d latest versions, total %v of %v", count, body["total_versions"], versions)
	}
	return versions, latest
}

func TestOrderOfVersions(t *testing.T) {
	name := newTool(t, object{"version": "1.9"}).text("tool_name")
	for _, version := range []string{"1.10", "1.0", "2.0-beta"} {
		addVersion(t, name, version)
	}
	for query, want := range map[string][]string{
		"":                         {"2.0-beta", "1.0", "1.10", "1.9"},
		"?order_by=version":        {"1.0", "1.9", "1.10", "2.0-beta"},
		"?order_by=version%20desc": {"2.0-beta", "1.10", "1.9", "1.0"},
	} {
		versions, latest := versionsOf(t, name, query)
		wantTexts(t, "versions"+query, versions, want...)
		wantTexts(t, "latest", []string{latest}, "2.0-beta")
	}
	get(t, tools+"/"+name+"/versions?order_by=age").violates(t, "order_by", "age")
	get(t, tools+"/"+name+"/versions?page=1").refused(t, 400, "page")
}

func TestPromote(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	addVersion(t, name, "2.0")
	demoted := get(t, path).object(t)
	promoted := do(t, "POST", path+"/promote", `{"version":"1.0","reason":"2.0 is broken"}`, "X-Actor", "ann").object(t)
	if promoted.text("version") != "1.0" || !promoted.flag("is_latest") {
		t.Errorf("promoted %v", promoted)
	}
	compareTools(t, "the latest", get(t, path).object(t), promoted)
	_, latest := versionsOf(t, name, "")
	wantTexts(t, "latest", []string{latest}, "1.0")
	after := get(t, path+"?version=2.0").object(t)
	if after.flag("is_latest") || after.text("etag") == demoted.text("etag") {
		t.Errorf("the version that was the latest is %v, etag before %v", after, demoted["etag"])
	}
	awaitProfile(t, name, "is of 1.0", func(p object) bool { return p.in("tool").text("version") == "1.0" })
	change := get(t, changes+"?from_revision="+decrement(currentRevision(t))).object(t).list("changes")[0]
	if change.text("kind") != "promoted" || change.text("actor") != "ann" || change.text("reason") != "2.0 is broken" ||
		!change.flag("is_latest") || change.text("version") != "1.0" {
		t.Errorf("logged %v", change)
	}

	revision := currentRevision(t)
	again := do(t, "POST", path+"/promote", `{"version":"1.0"}`).object(t)
	compareTools(t, "promoted twice", again, promoted)
	do(t, "POST", path+"/promote", `{"version":"7.7"}`).refused(t, 404, name, "7.7")
	do(t, "POST", path+"/promote", `{}`).violates(t, "version")
	do(t, "POST", path+"/promote", ``).violates(t, "version")
	do(t, "POST", path+"/promote", `{"version":"2 0"}`).violates(t, "version", "2 0")
	do(t, "POST", path+"/promote", `{"version":"2.0","tool_name":"other"}`).refused(t, 400, "tool_name", name)
	do(t, "POST", path+"/promote?version=2.0", ``).refused(t, 400, "version")
	do(t, "POST", tools+"/no-such-tool/promote", `{"version":"1.0"}`).refused(t, 404, "no-such-tool")
	nothingStored(t, revision)

	// A new version is the latest again; without it, the newest of the others.
	addVersion(t, name, "3.0")
	do(t, "DELETE", path+"?version=3.0", "").want(t, 204)
	checkVersions(t, name, "2.0", "1.0")
}

func TestPromoteOnCondition(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	second := addVersion(t, name, "2.0")
	first := get(t, path+"?version=1.0").object(t)
	for _, condition := range []string{second.text("etag"), "other"} {
		got := do(t, "POST", path+"/promote", `{"version":"1.0"}`, "If-Match", `"`+condition+`"`)
		wantTexts(t, "reason", []string{got.refused(t, 412)}, "ETAG_MISMATCH")
		do(t, "POST", path+"/promote", object{"version": "1.0", "etag": condition}.json()).refused(t, 412)
	}
	do(t, "POST", path+"/promote", `{"version":"1.0"}`, "If-Match", `"`+first.text("etag")+`"`).want(t, 200)
	etag := get(t, path+"?version=2.0").want(t, 200).header.Get("ETag")
	do(t, "GET", path+"?version=2.0", "", "If-None-Match", etag).want(t, 304)
	do(t, "POST", path+"/promote", `{"version":"2.0"}`, "If-Match", etag).want(t, 200)
	do(t, "GET", path+"?version=2.0", "", "If-None-Match", etag).want(t, 200)
}

func TestWritesTellTheirRevision(t *testing.T) {
	name := uniqueName(t)
	path := tools + "/" + name
	t.Cleanup(func() { removeTool(t, name) })
	do(t, "POST", tools, definition(name, nil).json()).want(t, 201)
	do(t, "POST", tools, definition(name, object{"version": "2.0"}).json()).want(t, 201)
	for _, write := range []struct{ method, path, body string }{
		{"PUT", path, `{"description":"x"}`}, {"POST", path + "/promote", `{"version":"1.0"}`}, {"DELETE", path, ""},
	} {
		done := do(t, write.method, write.path, write.body)
		if got, want := done.header.Get("X-Revision"), fmt.Sprint(currentRevision(t)); done.status >= 300 || got != want {
			t.Errorf("%s: status %d, X-Revision %q, now %s", done.request, done.status, got, want)
		}
	}
}
