package rest

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
)

// events are the kept reload events of a tool, newest first.
func events(t *testing.T, trigger, name string) []object {
	t.Helper()
	var found []object
	for _, event := range get(t, tools+"/reload/history?limit=1000&trigger_type="+trigger).object(t).list("history") {
		if event.text("trigger") != trigger {
			t.Errorf("asked for %s, got %v", trigger, event)
		}
		if event.text("tool_name") == name {
			found = append(found, event)
		}
	}
	return found
}

func TestEditBecomesAProfileAndOneEvent(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	await(t, "the event of the create", func() bool { return len(events(t, "api_update", name)) == 1 })

	edited := do(t, "PUT", tools+"/"+name, `{"description":"Edited through REST"}`, "X-Actor", "ann").object(t)
	profile := awaitProfile(t, name, "has the new text", func(p object) bool {
		return p.in("tool").text("description") == "Edited through REST"
	})
	compareTools(t, "profile of "+name, profile.in("tool"), edited)
	if profile.int64("revision") < edited.int64("revision") {
		t.Errorf("profile at revision %v, edit at %v", profile["revision"], edited["revision"])
	}
	await(t, "the event of the edit", func() bool { return len(events(t, "api_update", name)) == 2 })
	event := events(t, "api_update", name)[0]
	event.shape(t, "event", eventShape...)
	if !event.flag("success") || event.text("triggered_by") != "ann" || event.number("duration_ms") < 0 ||
		event["error"] != nil {
		t.Errorf("the edit's event is %v", event)
	}
	if event.int64("revision") < edited.int64("revision") {
		t.Errorf("event at revision %v, edit at %v", event["revision"], edited["revision"])
	}
	if again := events(t, "api_update", name); len(again) != 2 {
		t.Errorf("%d events for two writes", len(again))
	}
}

func TestStatisticsAddUpWithTheHistory(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	await(t, "the event of the create", func() bool { return len(events(t, "api_update", name)) == 1 })
	before := get(t, tools+"/reload/statistics").object(t)
	checkStatistics(t, before)
	do(t, "POST", tools+"/reload", object{"tool_name": name}.json()).want(t, 200)
	do(t, "POST", tools+"/reload", `{"tool_name":"no-such-tool"}`).want(t, 200)
	after := get(t, tools+"/reload/statistics").object(t)
	checkStatistics(t, after)
	for field, growth := range map[string]float64{"total_reloads": 2, "successful_reloads": 1, "failed_reloads": 1} {
		if after.number(field) != before.number(field)+growth {
			t.Errorf("%s: %v after %v, want %v more", field, after[field], before[field], growth)
		}
	}
	body := get(t, tools+"/reload/history?limit=1000").object(t)
	newest := body.list("history")[0]
	contains(t, "last_reload", after.in("last_reload"),
		object{"timestamp": newest["timestamp"], "success": newest["success"], "duration_ms": newest["duration_ms"]})
	if body.number("total") < float64(len(body.list("history"))) || body.flag("partial") {
		t.Errorf("history has %d events, total %v, partial %v", len(body.list("history")), body["total"], body["partial"])
	}
	if newest.int64("event_id") != int64(after.number("total_reloads")) {
		t.Errorf("newest event id %v after %v reloads", newest["event_id"], after["total_reloads"])
	}
	// The history is of all processes, the statistics are of this one.
	var count, good, sum float64
	for _, event := range body.list("history") {
		if event.text("boot_id") != after.text("boot_id") {
			continue
		}
		count++
		if event.flag("success") {
			good++
		}
		sum += event.number("duration_ms")
	}
	if count < after.number("total_reloads") {
		return // the oldest events are beyond the limit
	}
	if good != after.number("successful_reloads") {
		t.Errorf("%v successes in the history, %v in the statistics", good, after["successful_reloads"])
	}
	if mean := sum / count; mean-after.number("average_duration_ms") > 0.001 ||
		after.number("average_duration_ms")-mean > 0.001 {
		t.Errorf("average duration %v, the history's is %v", after["average_duration_ms"], mean)
	}
}

func TestStatisticsOfAllReplicas(t *testing.T) {
	own := get(t, tools+"/reload/statistics").object(t)
	own.shape(t, "statistics", "by_trigger list", "duration object", "propagation object", "cache_hits int64",
		"applied_revision int64", "catalog_revision int64", "lag int64", "events_dropped int64", "replica string",
		"boot_id string", "started_at time", "replicas int")
	if len(own.list("by_trigger")) != 5 || own.number("replicas") != 1 {
		t.Errorf("answered %v", own)
	}
	all := get(t, tools+"/reload/statistics?all=true").object(t)
	if all.number("replicas") < 1 || all.text("replica") != "" || all.number("total_reloads") < own.number("total_reloads") {
		t.Errorf("answered %v for all, %v for one", all, own)
	}
	named := get(t, tools+"/reload/statistics?replica="+url.QueryEscape(own.text("replica"))).object(t)
	if named.text("boot_id") != own.text("boot_id") {
		t.Errorf("answered %v for %v", named, own["replica"])
	}
	get(t, tools+"/reload/statistics?replica=no-such-replica").refused(t, 404, "no-such-replica")
	get(t, tools+"/reload/statistics?all=true&replica=x").violates(t, "all", "replica")
}

func TestReloadOfAnUnknownTool(t *testing.T) {
	body := do(t, "POST", tools+"/reload", `{"tool_name":"invalid_tool"}`).object(t)
	body.shape(t, "reload", "success bool", "event object")
	event := body.in("event")
	event.shape(t, "event",
		"trigger string", "tool_name string", "timestamp time", "success bool", "duration_ms number", "error string")
	if body.flag("success") || event.flag("success") || event.text("trigger") != "manual" ||
		event.text("tool_name") != "invalid_tool" || event.text("error") != "Tool not found: invalid_tool" ||
		event["triggered_by"] != nil {
		t.Errorf("answered %v", body)
	}
}

func TestReloadTakesItsFieldsAsQuery(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	event := do(t, "POST", tools+"/reload?tool_name="+name+"&triggered_by=query", "").object(t).in("event")
	if event.text("tool_name") != name || event.text("triggered_by") != "query" {
		t.Errorf("answered %v", event)
	}
	event = do(t, "POST", tools+"/reload", "", "X-Actor", "ann").object(t).in("event")
	if event.text("triggered_by") != "ann" {
		t.Errorf("answered %v", event)
	}
	do(t, "POST", tools+"/reload?bogus=1", "").refused(t, 400, "bogus")
	do(t, "POST", tools+"/reload", `{"bogus":1}`).refused(t, 400, "bogus")
}

func everyOne(events []object, passes func(object) bool) bool {
	return !slices.ContainsFunc(events, func(event object) bool { return !passes(event) })
}

func TestHistoryFiltersAndLimits(t *testing.T) {
	for range 3 {
		do(t, "POST", tools+"/reload", `{"triggered_by":"history test"}`).want(t, 200)
	}
	all := get(t, tools+"/reload/history?trigger_type=manual&limit=1000").object(t)
	two := get(t, tools+"/reload/history?trigger_type=manual&limit=2").object(t)
	if len(two.list("history")) != 2 || two["total"] != all["total"] ||
		all.number("total") < float64(len(all.list("history"))) {
		t.Errorf("limit 2: %d events of %v, all: %d of %v",
			len(two.list("history")), two["total"], len(all.list("history")), all["total"])
	}
	for _, trigger := range []string{"manual", "api_update", "periodic", "webhook", "startup"} {
		events(t, trigger, "")
	}
	newest := two.list("history")[0]
	since := tools + "/reload/history?since=" + url.QueryEscape(newest.text("timestamp"))
	if found := get(t, since).object(t).list("history"); !slices.Contains(column(found, "timestamp"), newest.text("timestamp")) {
		t.Errorf("not in its history since then: %v", newest)
	}
	for query, passes := range map[string]func(object) bool{
		"success=false": func(event object) bool { return !event.flag("success") },
		"replica=" + url.QueryEscape(newest.text("replica")): func(event object) bool {
			return event.text("replica") == newest.text("replica")
		},
		"until=" + url.QueryEscape(newest.text("timestamp")): func(event object) bool {
			return event.text("timestamp") != newest.text("timestamp")
		},
	} {
		if !everyOne(get(t, tools+"/reload/history?"+query).object(t).list("history"), passes) {
			t.Errorf("%s: an event that does not pass", query)
		}
	}
	get(t, tools+"/reload/history?since=2025-01-02T00:00:00Z&until=2025-01-01T00:00:00Z").violates(t, "until", "since")
	get(t, tools+"/reload/history?trigger_type=magic").violates(t, "trigger_type", "manual", "magic")
	get(t, tools+"/reload/history?limit=0").violates(t, "limit", "1", "1000")
	get(t, tools+"/reload/history?limit=1001").violates(t, "limit", "1000")
	get(t, tools+"/reload/history?limit=-1").violates(t, "limit", "-1")
}

func TestInvalidate(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	shape := []string{"success bool", "invalidated_count int", "duration_ms number"}
	one := do(t, "POST", tools+"/reload/invalidate", object{"tool_name": name}.json()).object(t)
	one.shape(t, "invalidate", shape...)
	none := do(t, "POST", tools+"/reload/invalidate", `{"tool_name":"no-such-tool"}`).object(t)
	if !one.flag("success") || one.number("invalidated_count") != 1 || !none.flag("success") ||
		none.number("invalidated_count") != 0 {
		t.Errorf("answered %v and %v", one, none)
	}
	if profile := get(t, profiles+"/"+name).object(t); profile.flag("stale") ||
		profile.in("tool").text("tool_name") != name {
		t.Errorf("the profile is %v", profile)
	}
	total := get(t, profiles).object(t).number("total")
	all := do(t, "POST", tools+"/reload/invalidate", "").object(t)
	if all.number("invalidated_count") != total {
		t.Errorf("invalidated %v of %v", all["invalidated_count"], total)
	}
	if profile := get(t, profiles+"/"+name).object(t); profile.flag("stale") {
		t.Errorf("the profile is %v", profile)
	}
}

func TestReloadsAreStreamed(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	events := watch(t, tools+"/reload/watch")
	do(t, "POST", tools+"/reload", object{"tool_name": name, "triggered_by": "watcher"}.json()).want(t, 200)
	do(t, "PUT", tools+"/"+name, `{"description":"Watched"}`).want(t, 200)
	var ids []int64
	seen := map[string]bool{}
	for !seen["manual"] || !seen["api_update"] {
		event := events.next()
		event.shape(t, "event", eventShape...)
		ids = append(ids, event.int64("event_id"))
		if event.text("tool_name") == name {
			seen[event.text("trigger")] = true
		}
	}
	if !slices.IsSorted(ids) || ids[len(ids)-1]-ids[0] != int64(len(ids)-1) {
		t.Errorf("event ids %v are not consecutive", ids)
	}
}

func TestReloadStreamResumes(t *testing.T) {
	event := do(t, "POST", tools+"/reload", `{"tool_name":"no-such-tool"}`).object(t).in("event")
	id, boot := event.int64("event_id"), event.text("boot_id")
	resumed := watch(t, fmt.Sprintf("%s/reload/watch?from_event_id=%d&boot_id=%s", tools, id-1, boot)).next()
	if resumed.int64("event_id") != id || resumed.text("boot_id") != boot {
		t.Errorf("resumed before %v with %v", event, resumed)
	}
	get(t, tools+"/reload/watch?from_event_id=-1").violates(t, "from_event_id", "-1")
	for _, query := range []string{"from_event_id=999999999999", "from_event_id=1&boot_id=another"} {
		if reason := get(t, tools+"/reload/watch?"+query).refused(t, 400); reason != "HISTORY_DIVERGED" {
			t.Errorf("%s: reason %q", query, reason)
		}
	}
}
