package rest

import (
	"strings"
	"testing"
)

const replicas = "/api/v1/replicas"

var replicaShape = []string{
	"name string", "boot_id string", "applied_revision int64", "lag int64", "version string", "started_at time",
	"reported_at time", "state string", "freeze_reason string",
}

// The reload service of the stack reports by itself.
func TestReplicasTellWhatIsServed(t *testing.T) {
	revision := newTool(t, nil).int64("revision")
	var live object
	await(t, "a live replica that has applied the write", func() bool {
		body := get(t, replicas).object(t)
		body.shape(t, "replicas", "replicas list", "revision int64")
		for _, replica := range body.list("replicas") {
			replica.shape(t, "replica", replicaShape...)
			if replica.text("state") == "live" && replica.int64("applied_revision") >= revision {
				live = replica
			}
		}
		return live != nil
	})
	live.shape(t, "replica", "applied_at time")
	if live["statistics"] != nil {
		t.Errorf("statistics although nobody asked: %v", live)
	}
	if live.int64("lag") < 0 || live.text("name") == "" || live.text("boot_id") == "" || live.text("version") == "" {
		t.Errorf("replica %v", live)
	}
	for _, replica := range get(t, replicas+"?statistics=true").object(t).list("replicas") {
		if replica.text("name") != live.text("name") {
			continue
		}
		replica.shape(t, "replica with statistics", append(replicaShape, "statistics object")...)
		replica.in("statistics").shape(t, "statistics", "total_reloads int", "applied_revision int64", "by_trigger list")
	}
	names := column(get(t, replicas).object(t).list("replicas"), "name")
	for i := 1; i < len(names); i++ {
		if strings.Compare(names[i-1], names[i]) >= 0 {
			t.Errorf("replicas are not in the order of their names: %q", names)
		}
	}
}
