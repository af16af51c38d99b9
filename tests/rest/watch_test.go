package rest

import (
	"fmt"
	"testing"
)

var changeShape = []string{
	"kind string", "tool_name string", "version string", "is_latest bool", "content_hash string", "revision int64",
	"actor string", "time time", "tool? object",
}

// isBookmark tells whether a message of a stream is a bookmark.
func (o object) isBookmark() bool { return o.in("bookmark") != nil }

// writes are the writes of a message of a stream.
func (o object) writes() []object {
	if batch := o.in("batch"); batch != nil {
		return batch.list("writes")
	}
	return nil
}

// changes are the changes of all writes of a message of a stream.
func (o object) changes() []object {
	var all []object
	for _, write := range o.writes() {
		all = append(all, write.list("changes")...)
	}
	return all
}

func TestChangesAreLoggedAndStreamed(t *testing.T) {
	start := currentRevision(t)
	live := watch(t, fmt.Sprintf("%s/watch?from_revision=%d", changes, start))
	first := live.next()
	first.shape(t, "message", "revision int64", "state_hash string", "bookmark object")
	if !first.isBookmark() || first.int64("revision") != start || first.text("state_hash") == "" {
		t.Errorf("the stream begins with %v, want a bookmark of %d", first, start)
	}
	name := uniqueName(t)
	path := tools + "/" + name
	do(t, "POST", tools, definition(name, nil).json(), "X-Actor", "ann").want(t, 201)
	do(t, "POST", tools, definition(name, object{"version": "2.0"}).json()).want(t, 201)
	do(t, "PUT", path, `{"description":"Changed"}`).want(t, 200)
	do(t, "PATCH", path+"/disable", "").want(t, 200)
	do(t, "PATCH", path+"/enable", "").want(t, 200)
	do(t, "DELETE", path+"?version=2.0", "").want(t, 204)
	do(t, "DELETE", path, "").want(t, 204)
	want := []string{
		"created 1.0 true", "created 2.0 true", "updated 2.0 true", "disabled 2.0 true", "enabled 2.0 true",
		"deleted 2.0 false", "promoted 1.0 true", "deleted 1.0 false",
	}
	var streamed []object
	revision := start
	for len(streamed) < len(want) {
		message := live.next()
		if message.isBookmark() {
			continue
		}
		message.shape(t, "message", "revision int64", "state_hash string", "batch object")
		for _, write := range message.writes() {
			write.shape(t, "write", "revision int64", "state_hash string", "changes list", "more bool")
			if write.int64("revision") != revision+1 {
				t.Fatalf("revision %v follows %d", write["revision"], revision)
			}
			if !write.flag("more") {
				revision++
			}
			streamed = append(streamed, write.list("changes")...)
		}
		if message.int64("revision") != revision {
			t.Fatalf("the position is %v behind the write %d", message["revision"], revision)
		}
	}
	logged := get(t, fmt.Sprintf("%s?from_revision=%d", changes, start)).object(t)
	logged.shape(t, "changes", "changes list", "revision int64", "oldest_revision int64", "next_page_token string")
	for what, list := range map[string][]object{"stream": streamed, "log": logged.list("changes")} {
		if len(list) != len(want) {
			t.Fatalf("%s: %d changes, want %d: %v", what, len(list), len(want), list)
		}
		for i, change := range list {
			change.shape(t, what, changeShape...)
			got := fmt.Sprint(change.text("kind"), " ", change.text("version"), " ", change["is_latest"])
			if got != want[i] || change.text("tool_name") != name {
				t.Errorf("%s: change %d is %q of %s, want %q", what, i, got, change.text("tool_name"), want[i])
			}
			if gone := change.text("kind") == "deleted"; gone != (change["tool"] == nil) ||
				gone != (change.text("content_hash") == "") {
				t.Errorf("%s: state after %q: %v", what, got, change)
			}
		}
	}
	if logged.list("changes")[0].text("actor") != "ann" || logged.list("changes")[2].text("actor") != "api" {
		t.Errorf("actors: %v", logged)
	}
	replay := watch(t, fmt.Sprintf("%s/watch?from_revision=%d", changes, start))
	for i := 0; i < len(streamed); {
		for _, change := range replay.next().changes() {
			compareTools(t, "replayed change", change, streamed[i])
			i++
		}
	}
}

func TestChangesArePaged(t *testing.T) {
	start := currentRevision(t)
	path := tools + "/" + newTool(t, nil).text("tool_name")
	for i := range 4 {
		do(t, "PUT", path, fmt.Sprintf(`{"description":"%d"}`, i)).want(t, 200)
	}
	var revisions []int64
	for token, page := "", 0; page == 0 || token != ""; page++ {
		body := get(t, fmt.Sprintf("%s?from_revision=%d&page_size=2&page_token=%s", changes, start, token)).object(t)
		for _, change := range body.list("changes") {
			revisions = append(revisions, change.int64("revision")-start)
		}
		token = body.text("next_page_token")
	}
	if fmt.Sprint(revisions) != "[1 2 3 4 5]" {
		t.Errorf("paged revisions %v", revisions)
	}
}

func TestSnapshotComesFirst(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	messages := watch(t, changes+"/watch?snapshot=true")
	found := false
	var last object
	for {
		message := messages.next()
		snapshot := message.in("snapshot")
		if snapshot == nil {
			t.Fatalf("no snapshot in %v", message)
		}
		snapshot.shape(t, "snapshot", "tools list", "last bool")
		for _, tool := range snapshot.list("tools") {
			found = found || tool.text("tool_name") == name
		}
		if last = message; snapshot.flag("last") {
			break
		}
	}
	if !found {
		t.Error("the snapshot lacks the tool")
	}
	do(t, "PUT", tools+"/"+name, `{"description":"After the snapshot"}`).want(t, 200)
	for {
		message := messages.next()
		if message.isBookmark() {
			continue
		}
		first := message.writes()[0]
		if first.int64("revision") != last.int64("revision")+1 || first.list("changes")[0].text("tool_name") != name {
			t.Errorf("after revision %v came %v", last["revision"], message)
		}
		return
	}
}

func TestPositionsThatCannotBeContinued(t *testing.T) {
	newTool(t, nil)
	start := currentRevision(t)
	for _, query := range []string{
		fmt.Sprintf("from_revision=%d", start+1_000_000),
		fmt.Sprintf("from_revision=%d&state_hash=%032d", start, 0),
	} {
		got := get(t, changes+"/watch?"+query)
		if reason := got.refused(t, 400); reason != "HISTORY_DIVERGED" {
			t.Errorf("%s: reason %q", query, reason)
		}
		for _, detail := range parse(t, got.body).list("details") {
			if metadata := detail.in("metadata"); metadata != nil {
				metadata.shape(t, "ErrorInfo", "oldest_revision int64", "current_revision int64")
			}
		}
	}
	get(t, changes+"/watch?from_revision=-1").violates(t, "from_revision", "-1")
	get(t, changes+"/watch?from_revision=1&snapshot=true").refused(t, 400, "snapshot", "from_revision")
	get(t, changes+"?from_revision=-1").violates(t, "from_revision", "-1")
	get(t, changes+"?page_size=0").violates(t, "page_size", "1000")
}
