package rest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// logged is the log of changes after a revision.
func logged(t *testing.T, after int64, more string) []object {
	t.Helper()
	body := get(t, fmt.Sprintf("%s?page_size=1000&from_revision=%d%s", changes, after, more)).object(t)
	body.shape(t, "changes", "changes list", "revision int64", "oldest_revision int64", "next_page_token string")
	for _, change := range body.list("changes") {
		change.shape(t, "change", append(changeShape, "reason string", "peer string", "request_id string", "previous? object")...)
	}
	return body.list("changes")
}

func TestFiltersOfTheLog(t *testing.T) {
	start := currentRevision(t)
	a, b := newTool(t, nil).text("tool_name"), newTool(t, nil).text("tool_name")
	do(t, "PUT", tools+"/"+a+"?reason=why", `{"description":"2"}`, "X-Actor", "ann", "X-Request-Id", "header-id").want(t, 200)
	do(t, "PUT", tools+"/"+b, `{"description":"2"}`, "X-Actor", "bob").want(t, 200)
	do(t, "PATCH", tools+"/"+a+"/disable", "", "X-Actor", "bob").want(t, 200)
	do(t, "DELETE", tools+"/"+b, "", "X-Actor", "ann").want(t, 204)
	all := logged(t, start, "")
	wantTexts(t, "kinds", column(all, "kind"), "created", "created", "updated", "updated", "disabled", "deleted")
	if len(all) != 6 {
		t.FailNow()
	}
	for query, want := range map[string]string{
		"&tool_name=" + strings.ToUpper(a): "created updated disabled", "&actor=ann": "updated deleted", "&kind=updated": "updated updated",
		"&kind=updated&actor=bob": "updated", "&tool_name=" + b + "&actor=ann": "deleted", "&actor=nobody": "", "&kind=promoted": "",
		"&newest_first=true":                "deleted disabled updated updated created created",
		"&newest_first=true&tool_name=" + a: "disabled updated created",
		"&newest_first=false&kind=deleted":  "deleted",
		"&actor=" + url.QueryEscape("%'\""): "",
	} {
		if got := strings.Join(column(logged(t, start, query), "kind"), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	update := all[2]
	contains(t, "update", update, object{"actor": "ann", "reason": "why", "request_id": "header-id", "tool_name": a})
	if !strings.Contains(update.text("peer"), " via ") || update.in("tool").text("description") != "2" ||
		update.in("previous").text("description") != "Made by a test" {
		t.Errorf("who, where from, before and after: %v", update)
	}
	if _, there := all[0]["previous"]; there || all[5].in("previous").text("tool_name") != b || all[5]["tool"] != nil {
		t.Errorf("created %v\ndeleted %v", all[0], all[5])
	}
}

func TestTheLogByTime(t *testing.T) {
	start := currentRevision(t)
	path := tools + "/" + newTool(t, nil).text("tool_name")
	for i := range 3 {
		do(t, "PUT", path, fmt.Sprintf(`{"description":"%d"}`, i)).want(t, 200)
	}
	all := logged(t, start, "")
	middle := all[2].text("time")
	from := logged(t, start, "&since="+url.QueryEscape(middle))
	until := logged(t, start, "&until="+url.QueryEscape(middle))
	if len(from)+len(until) != len(all) || slices.ContainsFunc(from, func(c object) bool { return earlier(t, c, middle) }) ||
		slices.ContainsFunc(until, func(c object) bool { return !earlier(t, c, middle) }) {
		t.Errorf("since and until %s: %v and %v of %v", middle, column(from, "time"), column(until, "time"), column(all, "time"))
	}
	get(t, changes+"?since="+url.QueryEscape(middle)+"&until="+url.QueryEscape(middle)).violates(t, "until", "since")
	if none := logged(t, start, "&since=2999-01-01T00:00:00%2B01:00"); len(none) != 0 {
		t.Errorf("from the future: %v", none)
	}
}

func earlier(t *testing.T, change object, than string) bool {
	t.Helper()
	a, errA := time.Parse(time.RFC3339Nano, change.text("time"))
	b, errB := time.Parse(time.RFC3339Nano, than)
	if errA != nil || errB != nil {
		t.Fatalf("no times: %v, %s", change["time"], than)
	}
	return a.Before(b)
}

func TestAFilteredLogIsPaged(t *testing.T) {
	start := currentRevision(t)
	name := newTool(t, nil).text("tool_name")
	for i := range 4 {
		do(t, "PUT", tools+"/"+name, fmt.Sprintf(`{"description":"%d"}`, i)).want(t, 200)
		newTool(t, nil)
	}
	for _, order := range []string{"", "&newest_first=true"} {
		query := "&kind=updated&tool_name=" + name + order
		var paged []string
		for token, page := "", 0; page == 0 || token != ""; page++ {
			body := get(t, fmt.Sprintf("%s?page_size=3&from_revision=%d%s&page_token=%s", changes, start, query, token)).object(t)
			paged = append(paged, column(body.list("changes"), "revision")...)
			if token = body.text("next_page_token"); page == 0 {
				for _, other := range []string{"&actor=api", "&since=2020-01-01T00:00:00Z"} {
					get(t, fmt.Sprintf("%s?page_size=3&from_revision=%d%s%s&page_token=%s", changes, start, query, other, token)).
						violates(t, "page_token")
				}
			}
		}
		wantTexts(t, "page by page"+order, paged, column(logged(t, start, query), "revision")...)
	}
}

func TestBadFiltersOfTheLog(t *testing.T) {
	for query, field := range map[string]string{
		"kind=exploded": "kind", "tool_name=a%20b": "tool_name", "actor=" + strings.Repeat("a", 1001): "actor",
		"page_size=1001": "page_size", "page_token=nonsense": "page_token", "from_revision=-1": "from_revision",
	} {
		get(t, changes+"?"+query).violates(t, field)
	}
	for query, parts := range map[string][]string{
		"since=yesterday": {"since", "time", "yesterday"}, "until=2025-10-03": {"until", "time"}, "newest_first=1": {"newest_first"},
		"since=2025-10-03T19:00:00Z&since=2025-10-03T19:00:00Z": {"since", "once"}, "peer=x": {"peer"},
	} {
		get(t, changes+"?"+query).refused(t, 400, parts...)
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		do(t, method, changes, "").refused(t, 405, method)
	}
}
