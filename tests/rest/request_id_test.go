package rest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// write is one way to change a tool, with the identity where it belongs: in the query where the body is a tool or there
// is none, in the body elsewhere.
type write struct {
	what, method, path, body string
	status                   int
}

func TestARepeatedWriteAnswersAsTheFirstTime(t *testing.T) {
	name, imported := uniqueName(t), uniqueName(t)
	path := tools + "/" + name
	do(t, "POST", tools, definition(name, object{"version": "0.1"}).json()).want(t, 201)
	id := make([]string, 9)
	for i := range id {
		id[i] = requestID()
	}
	inBody := func(i int, fields object) string {
		fields["request_id"] = id[i]
		return fields.json()
	}
	creation := currentRevision(t)
	for _, w := range []write{
		{"create", "POST", tools + "?request_id=" + id[0], definition(name, object{"version": "1.0"}).json(), 201},
		{"update", "PUT", path + "?request_id=" + id[1], `{"description":"Once"}`, 200},
		{"disable", "PATCH", path + "/disable", inBody(2, object{}), 200},
		{"enable", "PATCH", path + "/enable", inBody(3, object{"enabled": true}), 200},
		{"promote", "POST", path + "/promote", inBody(4, object{"version": "0.1"}), 200},
		{"rollback", "POST", path + "/rollback", inBody(5, object{"to_revision": fmt.Sprint(creation)}), 200},
		{"delete", "DELETE", path + "?request_id=" + id[6], "", 204},
		{"import", "POST", tools + "/import", inBody(7, object{"yaml_content": formA(imported, "Once")}), 200},
	} {
		first := do(t, w.method, w.path, w.body).want(t, w.status)
		revision := currentRevision(t)
		for range 2 {
			again := do(t, w.method, w.path, w.body)
			if again.status != first.status || string(again.body) != string(first.body) ||
				again.header.Get("ETag") != first.header.Get("ETag") {
				t.Errorf("%s: first %d %.2000s\nagain %d %.2000s", w.what, first.status, first.body, again.status, again.body)
			}
		}
		nothingStored(t, revision)
		change := get(t, changes+"?newest_first=true&page_size=1").object(t).list("changes")[0]
		if i := strings.Index(w.path+w.body, change.text("request_id")); i < 0 || change.text("request_id") == "" {
			t.Errorf("%s: logged with the request id %q", w.what, change.text("request_id"))
		}
	}
}

func TestARepeatAnswersAsThenEvenIfTheToolHasChanged(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	query := "?request_id=" + requestID()
	first := do(t, "PUT", path+query, `{"description":"Mine"}`).object(t)
	do(t, "PUT", path, `{"description":"Theirs"}`).want(t, 200)
	compareTools(t, "repeated", do(t, "PUT", path+query, `{"description":"Mine"}`).object(t), first)
	if tool := get(t, path).object(t); tool.text("description") != "Theirs" {
		t.Errorf("a repeat was applied again: %v", tool)
	}
	// The identity counts before the condition: the first answer stands.
	second := do(t, "PUT", path+"?request_id="+requestID(), `{"description":"x"}`, "If-Match", `"`+first.text("etag")+`"`)
	second.refused(t, 412)
}

func TestARequestIDIsForOneRequest(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	id := requestID()
	do(t, "PUT", path+"?request_id="+id, `{"description":"First"}`).want(t, 200)
	revision := currentRevision(t)
	for _, w := range []write{
		{"another body", "PUT", path + "?request_id=" + id, `{"description":"Second"}`, 400},
		{"another mask", "PUT", path + "?update_mask=description,status&request_id=" + id, `{"description":"First"}`, 400},
		{"another version", "PUT", path + "?version=1.0&request_id=" + id, `{"description":"First"}`, 400},
		{"another method", "DELETE", path + "?request_id=" + id, "", 400},
		{"a promotion", "POST", path + "/promote", object{"version": "1.0", "request_id": id}.json(), 400},
		{"an import", "POST", tools + "/import", object{"yaml_content": formA(name, "x"), "overwrite": true, "request_id": id}.json(), 400},
		{"an import that fails", "POST", tools + "/import", object{"yaml_content": formA(name, "x"), "request_id": id}.json(), 400},
	} {
		reason := do(t, w.method, w.path, w.body).refused(t, w.status, "request_id")
		if reason != "REQUEST_ID_REUSED" {
			t.Errorf("%s: reason %q", w.what, reason)
		}
	}
	nothingStored(t, revision)
	// Another caller's request of the same id is another request.
	do(t, "PUT", path+"?request_id="+id, `{"description":"Ann's"}`, "X-Actor", "ann").want(t, 200)
	for _, bad := range []string{"x", "123e4567-e89b-12d3-a456-42661417400", "123e4567e89b12d3a456426614174000zzzz"} {
		do(t, "PUT", path+"?request_id="+bad, `{"description":"x"}`).violates(t, "request_id", bad)
		do(t, "PATCH", path+"/enable", object{"request_id": bad}.json()).refused(t, 400, "request_id", bad)
		do(t, "POST", path+"/promote", object{"version": "1.0", "request_id": bad}.json()).violates(t, "request_id", bad)
	}
}

// A repetition must not undo what somebody else did meanwhile.
func TestAWriteThatChangedNothingIsRemembered(t *testing.T) {
	tool := newTool(t, nil)
	path := tools + "/" + tool.text("tool_name")
	id := "?request_id=" + requestID()
	idle := `{"description":"` + tool.text("description") + `"}`
	do(t, "PUT", path+id, idle).want(t, 200)
	do(t, "PUT", path, `{"description":"By another"}`).want(t, 200)
	do(t, "PUT", path+id, idle).want(t, 200)
	if now := get(t, path).object(t).text("description"); now != "By another" {
		t.Errorf("the repetition wrote %q", now)
	}
	do(t, "PUT", path+id, `{"description":"Else"}`).refused(t, 400, "request_id")
}

func TestWritesThatFailedOrOnlyTriedAreNotRemembered(t *testing.T) {
	tool := newTool(t, nil)
	path := tools + "/" + tool.text("tool_name")
	id := "?request_id=" + requestID()
	do(t, "PUT", path+id, `{"platform":"toaster"}`).refused(t, 400)
	do(t, "PUT", path+id, `{"description":"x"}`, "If-Match", `"stale"`).refused(t, 412)
	do(t, "PUT", path+id+"&validate_only=true", `{"description":"Dry"}`).want(t, 200)
	after := do(t, "PUT", path+id, `{"description":"At last"}`).object(t)
	if after.text("description") != "At last" {
		t.Errorf("answered %v", after)
	}
}

func TestWritesOfOneIDAtTheSameTimeAreOne(t *testing.T) {
	name := uniqueName(t)
	revision := currentRevision(t)
	query, body := "?request_id="+requestID(), definition(name, nil).json()
	answers := make([]answer, 8)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i] = do(t, "POST", tools+query, body) })
	}
	group.Wait()
	for _, got := range answers {
		if got.want(t, 201); string(got.body) != string(answers[0].body) {
			t.Errorf("answers differ: %s\n%s", got.body, answers[0].body)
		}
	}
	nothingStored(t, revision+1)
}

func TestReasonsAreLogged(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	path := tools + "/" + name
	addVersion(t, name, "2.0")
	creation := currentRevision(t)
	for _, w := range []write{
		{"update", "PUT", path + "?reason=because+%C3%A9", `{"description":"x"}`, 200},
		{"disable", "PATCH", path + "/disable", `{"reason":"because é"}`, 200},
		{"enable", "PATCH", path + "/enable", `{"reason":"because é"}`, 200},
		{"promote", "POST", path + "/promote", `{"version":"1.0","reason":"because é"}`, 200},
		{"rollback", "POST", path + "/rollback", fmt.Sprintf(`{"to_revision":%d,"reason":"because é"}`, creation), 200},
		{"delete", "DELETE", path + "?reason=because+%C3%A9", "", 204},
		{"create", "POST", tools + "?reason=because+%C3%A9", definition(name, nil).json(), 201},
		{"import", "POST", tools + "/import",
			object{"yaml_content": formA(name, "y"), "overwrite": true, "reason": "because é"}.json(), 200},
	} {
		do(t, w.method, w.path, w.body).want(t, w.status)
		change := get(t, changes+"?newest_first=true&page_size=1").object(t).list("changes")[0]
		if change.text("reason") != "because é" || change.text("tool_name") != name {
			t.Errorf("%s: logged %v", w.what, change)
		}
	}
	for _, bad := range []string{strings.Repeat("r", 1001), "two\nlines"} {
		do(t, "POST", path+"/promote", object{"version": "1.0", "reason": bad}.json()).violates(t, "reason")
		do(t, "PATCH", path+"/disable", object{"reason": bad}.json()).refused(t, 400, "reason")
	}
	do(t, "PUT", path+"?reason="+strings.Repeat("r", 1000), `{"description":"z"}`).want(t, 200)
}
