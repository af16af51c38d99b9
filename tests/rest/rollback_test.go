package rest

import (
	"fmt"
	"testing"
)

// rollback rolls a tool back; further fields of the body may be given.
func rollback(t *testing.T, name string, revision string, fields ...object) answer {
	t.Helper()
	body := object{"to_revision": revision}
	for _, more := range fields {
		for field, value := range more {
			body[field] = value
		}
	}
	return do(t, "POST", tools+"/"+name+"/rollback", body.json())
}

// sameDefinition checks that both are alike but for what every write sets.
func sameDefinition(t *testing.T, what string, got, want object) {
	t.Helper()
	expected := object{}
	for field, value := range want {
		expected[field] = value
	}
	for _, field := range []string{"revision", "etag", "updated_at", "updated_by"} {
		expected[field] = got[field]
	}
	compareTools(t, what, got, parse(t, []byte(expected.json())))
}

func TestRollbackIsAChangeOfItsOwn(t *testing.T) {
	first := newTool(t, nil)
	name := first.text("tool_name")
	path := tools + "/" + name
	second := do(t, "PUT", path, `{"description":"Second","platform":"windows","metadata":null}`).object(t)
	restored := rollback(t, name, first.text("revision"), object{"reason": "was better"}).object(t)
	sameDefinition(t, "rolled back", restored, first)
	compareTools(t, "stored", get(t, path).object(t), restored)
	if restored.int64("revision") <= second.int64("revision") || restored.text("etag") == second.text("etag") {
		t.Errorf("a rollback has revision %v and etag %v", restored["revision"], restored["etag"])
	}
	entry := historyOf(t, name, "?page_size=1")[0]
	contains(t, "history", entry, object{"kind": "restored", "reason": "was better", "revision": restored["revision"]})
	differs(t, entry, "description", "Second", "Made by a test")
	awaitProfile(t, name, "is restored", func(p object) bool { return p.in("tool").text("etag") == restored.text("etag") })

	sameDefinition(t, "the rollback rolled back", rollback(t, name, second.text("revision")).object(t), second)
	now := currentRevision(t)
	rollback(t, name, fmt.Sprint(now)).want(t, 200)
	rollback(t, name, second.text("revision")).want(t, 200) // is just so already
	nothingStored(t, now)
	do(t, "POST", path+"/rollback", fmt.Sprintf(`{"to_revision":%d}`, first.int64("revision"))).want(t, 200)
}

func TestRollbackOfVersions(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	addVersion(t, name, "2.0")
	do(t, "POST", path+"/promote", `{"version":"1.0"}`).want(t, 200)
	then := currentRevision(t)
	do(t, "PUT", path+"?version=2.0", `{"description":"2.0 changed"}`).want(t, 200)
	do(t, "PUT", path+"?version=1.0", `{"description":"1.0 changed"}`).want(t, 200)
	addVersion(t, name, "3.0")

	// One version is restored, the others stay.
	only := rollback(t, name, fmt.Sprint(then), object{"version": "1.0"}).object(t)
	if only.text("version") != "1.0" || only.text("description") != "Made by a test" {
		t.Errorf("restored %v", only)
	}
	if tool := get(t, path+"?version=2.0").object(t); tool.text("description") != "2.0 changed" {
		t.Errorf("another version was restored as well: %v", tool)
	}
	get(t, path+"?version=3.0").want(t, 200)

	// All of them: what was made since is gone, the latest is the one of then.
	whole := rollback(t, name, fmt.Sprint(then)).object(t)
	versions, latest := versionsOf(t, name, "")
	wantTexts(t, "versions", versions, "2.0", "1.0")
	wantTexts(t, "latest", []string{latest, whole.text("version")}, "1.0", "1.0")
	if tool := get(t, path+"?version=2.0").object(t); tool.text("description") != "Made by a test" {
		t.Errorf("version 2.0 was not restored: %v", tool)
	}
}

func TestUndelete(t *testing.T) {
	first := newTool(t, nil)
	name := first.text("tool_name")
	path := tools + "/" + name
	second := addVersion(t, name, "2.0")
	do(t, "DELETE", path, "").want(t, 204)
	deletion := currentRevision(t)
	get(t, path).refused(t, 404, name)
	rollback(t, name, fmt.Sprint(deletion)).refused(t, 400, name)
	rollback(t, name, second.text("revision"), object{"etag": second.text("etag")}).refused(t, 412)
	restored := rollback(t, name, second.text("revision")).object(t)
	sameDefinition(t, "undeleted", restored, second)
	versions, latest := versionsOf(t, name, "")
	wantTexts(t, "versions", versions, "2.0", "1.0")
	wantTexts(t, "latest", []string{latest}, "2.0")
	sameDefinition(t, "the older version", get(t, path+"?version=1.0").object(t), get(t, path+"?version=1.0&revision="+
		second.text("revision")).object(t))
	awaitProfile(t, name, "is back", func(p object) bool { return p.in("tool").text("version") == "2.0" })
}

func TestRefusedRollbacks(t *testing.T) {
	first := newTool(t, nil)
	name := first.text("tool_name")
	path := tools + "/" + name
	other := newTool(t, nil)
	second := do(t, "PUT", path, `{"description":"Second"}`).object(t)
	revision := currentRevision(t)
	rollback(t, name, other.text("revision")).violates(t, "to_revision", other.text("revision"))
	rollback(t, name, fmt.Sprint(revision+1000)).refused(t, 400, "revision")
	rollback(t, name, "0").violates(t, "to_revision")
	rollback(t, name, "-1").violates(t, "to_revision", "-1")
	rollback(t, name, "9223372036854775808").refused(t, 400, "to_revision")
	do(t, "POST", path+"/rollback", `{}`).violates(t, "to_revision")
	do(t, "POST", path+"/rollback", ``).violates(t, "to_revision")
	rollback(t, name, first.text("revision"), object{"version": "9.9"}).refused(t, 400)
	rollback(t, name, first.text("revision"), object{"tool_name": "other"}).refused(t, 400, "tool_name", name)
	rollback(t, name, first.text("revision"), object{"bogus": 1}).refused(t, 400, "bogus")
	for _, condition := range []string{first.text("etag"), "x"} {
		got := do(t, "POST", path+"/rollback", object{"to_revision": first.text("revision")}.json(), "If-Match", `"`+condition+`"`)
		wantTexts(t, "reason", []string{got.refused(t, 412)}, "ETAG_MISMATCH")
	}
	if got := rollback(t, "no-such-tool", fmt.Sprint(revision)); got.status != 404 {
		got.refused(t, 400)
	}
	nothingStored(t, revision)
	compareTools(t, "after refused rollbacks", get(t, path).object(t), second)
	body := object{"to_revision": first.text("revision")}.json()
	do(t, "POST", path+"/rollback", body, "If-Match", `"`+second.text("etag")+`"`).want(t, 200)
}
