package rest

import (
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
	kept := min(after.number("total_reloads"), after.in("configuration").number("max_history_size"))
	if body.number("total") != kept || float64(len(body.list("history"))) != kept {
		t.Errorf("history has %d events, total %v, want %v", len(body.list("history")), body["total"], kept)
	}
	if newest.int64("event_id") != int64(after.number("total_reloads")) {
		t.Errorf("newest event id %v after %v reloads", newest["event_id"], after["total_reloads"])
	}
	if kept < after.number("total_reloads") {
		return // the oldest events are gone
	}
	var good, sum float64
	for _, event := range body.list("history") {
		if event.flag("success") {
			good++
		}
		sum += event.number("duration_ms")
	}
	if good != after.number("successful_reloads") {
		t.Errorf("%v successes in the history, %v in the statistics", good, after["successful_reloads"])
	}
	if mean := sum / kept; mean-after.number("average_duration_ms") > 0.001 ||
		after.number("average_duration_ms")-mean > 0.001 {
		t.Errorf("average duration %v, the history's is %v", after["average_duration_ms"], mean)
	}
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

func TestHistoryFiltersAndLimits(t *testing.T) {
	for range 3 {
		do(t, "POST", tools+"/reload", `{"triggered_by":"history test"}`).want(t, 200)
	}
	all := get(t, tools+"/reload/history?trigger_type=manual&limit=1000").object(t)
	two := get(t, tools+"/reload/history?trigger_type=manual&limit=2").object(t)
	if len(two.list("history")) != 2 || two["total"] != all["total"] ||
		all.number("total") != float64(len(all.list("history"))) {
		t.Errorf("limit 2: %d events of %v, all: %d of %v",
			len(two.list("history")), two["total"], len(all.list("history")), all["total"])
	}
	for _, trigger := range []string{"manual", "api_update", "periodic", "webhook", "startup"} {
		events(t, trigger, "")
	}
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
