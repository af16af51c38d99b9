package rest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// nextChanges are the next changes of a stream; bookmarks are passed over.
func (s *stream) nextChanges() []object {
	s.t.Helper()
	for {
		if changes := s.next().changes(); len(changes) > 0 {
			return changes
		}
	}
}

// awaitPosition reads bookmarks until the stream is at the revision. A change fails the test.
func (s *stream) awaitPosition(revision int64) {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		message := s.next()
		if len(message.changes()) > 0 {
			s.t.Fatalf("GET %s: an unwanted change: %v", s.path, message)
		}
		if message.isBookmark() && message.int64("revision") >= revision {
			return
		}
	}
	s.t.Fatalf("GET %s: no bookmark at revision %d", s.path, revision)
}

func TestFilteredStreams(t *testing.T) {
	a, b := newTool(t, nil).text("tool_name"), newTool(t, nil).text("tool_name")
	start := currentRevision(t)
	do(t, "PUT", tools+"/"+b, `{"description":"2"}`).want(t, 200)
	do(t, "PUT", tools+"/"+a, `{"platform":"windows","category":"network"}`).want(t, 200)
	do(t, "PUT", tools+"/"+a, object{"capabilities": withCapability("db_query")}.json()).want(t, 200)
	do(t, "PATCH", tools+"/"+a+"/disable", "").want(t, 200)
	do(t, "DELETE", tools+"/"+a, "").want(t, 204)
	end := currentRevision(t)
	for query, want := range map[string]string{
		"tool_names=" + strings.ToUpper(a):                        "updated updated disabled deleted",
		"tool_names=" + a + "&tool_names=" + b + "&kinds=updated": "updated updated updated",
		"kinds=disabled&kinds=deleted":                            "disabled deleted",
		// States before and after count: the change of platform is one of both.
		"tool_names=" + a + "&platform=linux":                      "updated",
		"tool_names=" + a + "&platform=windows":                    "updated updated disabled deleted",
		"tool_names=" + a + "&category=network&kinds=updated":      "updated updated",
		"tool_names=" + a + "&capability=sql_execution":            "updated disabled deleted",
		"tool_names=" + a + "&capability=testing&platform=windows": "updated updated",
	} {
		messages := watch(t, fmt.Sprintf("%s/watch?from_revision=%d&bookmark_interval_ms=100&%s", changes, start, query))
		var kinds []string
		for len(kinds) < len(strings.Fields(want)) {
			kinds = append(kinds, column(messages.nextChanges(), "kind")...)
		}
		wantTexts(t, query, []string{strings.Join(kinds, " ")}, want)
		messages.awaitPosition(end)
	}
}

func TestAFilteredStreamAdvancesByBookmarks(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	messages := watch(t, changes+"/watch?bookmark_interval_ms=100&tool_names="+name)
	newTool(t, nil)
	messages.awaitPosition(currentRevision(t))
	do(t, "PUT", tools+"/"+name, `{"description":"2"}`).want(t, 200)
	wantTexts(t, "changes", column(messages.nextChanges(), "tool_name"), name)
}

func TestPreviousValuesOnAStream(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	start := currentRevision(t)
	do(t, "PUT", tools+"/"+name, `{"description":"2"}`).want(t, 200)
	for query, want := range map[string]string{"": "", "&with_previous=false": "", "&with_previous=true": "Made by a test"} {
		messages := watch(t, fmt.Sprintf("%s/watch?from_revision=%d%s", changes, start, query))
		change := messages.nextChanges()[0]
		if got := change.in("previous").text("description"); got != want || change.in("tool").text("description") != "2" {
			t.Errorf("%s: previous %q, want %q", query, got, want)
		}
	}
}

func TestAFilteredSnapshot(t *testing.T) {
	name := newTool(t, object{"platform": "scheduler", "category": "asset"}).text("tool_name")
	newTool(t, nil)
	for _, query := range []string{
		"tool_names=" + name, "tool_names=" + name + "&platform=scheduler&category=asset&capability=testing&kinds=deleted",
	} {
		messages := watch(t, changes+"/watch?snapshot=true&"+query)
		var names []string
		for last := false; !last; {
			snapshot := messages.next().in("snapshot")
			if snapshot == nil {
				t.Fatalf("%s: no snapshot", query)
			}
			names = append(names, column(snapshot.list("tools"), "tool_name")...)
			last = snapshot.flag("last")
		}
		wantTexts(t, query, names, name)
	}
	messages := watch(t, changes+"/watch?snapshot=true&platform=windows&tool_names="+name)
	if message := messages.next(); len(message.in("snapshot").list("tools")) != 0 || !message.in("snapshot").flag("last") {
		t.Errorf("a snapshot of nothing: %v", message)
	}
}

func TestBookmarksComeAsOftenAsAsked(t *testing.T) {
	messages := watch(t, changes+"/watch?bookmark_interval_ms=100")
	start := time.Now()
	for range 5 {
		messages.next()
	}
	if took := time.Since(start); took < 300*time.Millisecond || took > 4*time.Second {
		t.Errorf("5 bookmarks took %v", took)
	}
}

func TestBadFiltersOfAStream(t *testing.T) {
	for query, field := range map[string]string{
		"platform=toaster": "platform", "category=toast": "category", "kinds=exploded": "kinds[0]",
		"bookmark_interval_ms=99": "bookmark_interval_ms", "bookmark_interval_ms=60001": "bookmark_interval_ms",
		"capability=" + strings.Repeat("c", 101): "capability",
	} {
		get(t, changes+"/watch?"+query).violates(t, field)
	}
	many := strings.Repeat("tool_names=x&", 1001)
	get(t, changes+"/watch?"+strings.TrimSuffix(many, "&")).violates(t, "tool_names", "1000")
	get(t, changes+"/watch?tool_names=a%20b").refused(t, 400, "tool_names", "a b")
	get(t, changes+"/watch?kinds=updated&kinds=exploded").violates(t, "kinds[1]", "exploded")
	get(t, changes+"/watch?with_previous=yes").refused(t, 400, "with_previous", "yes")
	get(t, changes+"/watch?actor=ann").refused(t, 400, "actor")
}
