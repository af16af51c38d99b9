package rest

import "testing"

func TestUpdateSetsExactlyTheNamedFields(t *testing.T) {
	tool := newTool(t, object{
		"execution_location": "here", "defaults": object{"freshness": "live", "scope": "single", "extra": object{"method": "GET"}},
		"dependencies": []any{object{"name": "bash", "type": "binary", "required": true}},
	})
	name := tool.text("tool_name")
	path := tools + "/" + name
	before := get(t, path).object(t)
	for _, test := range []struct {
		method, query, body string
		// want are the fields that differ from before, nil for a field that is gone.
		want object
	}{
		{"PUT", "", `{"description":"New"}`, object{"description": "New"}},
		{"PATCH", "", `{"status":"testing","enabled":false}`, object{"status": "testing", "enabled": false}},
		{"PATCH", "", `{"enabled":null}`, object{"enabled": true}},
		{"PUT", "", `{"status":null}`, object{"status": "active"}},
		{"PUT", "", `{"execution_location":""}`, object{"execution_location": ""}},
		{"PUT", "", `{"dependencies":[]}`, object{"dependencies": []any{}}},
		{"PUT", "", `{"defaults":{"freshness":"cached"}}`,
			object{"defaults": object{"freshness": "cached", "scope": "single", "extra": object{"method": "GET"}}}},
		{"PUT", "", `{"defaults":{"extra":{"path":"/x"}}}`,
			object{"defaults": object{"freshness": "cached", "scope": "single", "extra": object{"path": "/x"}}}},
		{"PUT", "", `{"defaults":null}`, object{"defaults": nil}},
		{"PUT", "", `{"metadata":{"author":"new"}}`, object{"metadata": object{"author": "new"}}},
		{"PUT", "?update_mask=metadata.tags", `{"metadata":{"tags":["t"]},"description":"Not named"}`,
			object{"metadata": object{"tags": []any{"t"}}}},
		{"PUT", "?update_mask=description,execution_location", `{"description":"Masked"}`,
			object{"description": "Masked", "execution_location": ""}},
		{"PUT", "", `{"metadata":null}`, object{"metadata": nil}},
		{"PUT", "", `{"description":"D","revision":"1","is_latest":false,"created_at":"2001-01-01T00:00:00Z",` +
			`"updated_at":"2001-01-01T00:00:00Z","tool_name":"` + name + `","version":"1.0"}`, object{"description": "D"}},
	} {
		after := do(t, test.method, path+test.query, test.body).object(t)
		want := object{}
		for field, value := range before {
			want[field] = value
		}
		for field, value := range test.want {
			if value == nil {
				delete(want, field)
			} else {
				want[field] = value
			}
		}
		for _, field := range []string{"revision", "etag", "updated_at", "updated_by"} {
			want[field] = after[field]
		}
		compareTools(t, test.method+" "+test.body, after, parse(t, []byte(want.json())))
		compareTools(t, "stored after "+test.body, get(t, path).object(t), after)
		if after.text("etag") == before.text("etag") || after.int64("revision") <= before.int64("revision") {
			t.Errorf("%s: etag %s, revision %s after etag %s, revision %s", test.body, after["etag"], after["revision"],
				before["etag"], before["revision"])
		}
		before = after
	}
}

// compareTools checks that both have the same fields and values.
func compareTools(t *testing.T, what string, got, want object) {
	t.Helper()
	contains(t, what, got, want)
	for field := range got {
		if _, there := want[field]; !there {
			t.Errorf("%s: unexpected field %s: %v", what, field, got[field])
		}
	}
}

func TestCapabilitiesAreReplacedNotMerged(t *testing.T) {
	tool := newTool(t, nil)
	path := tools + "/" + tool.text("tool_name")
	body := `{"capabilities":[{"capability_name":"other","patterns":[{"pattern_name":"p"}]}]}`
	after := do(t, "PUT", path, body).object(t)
	capabilities := after.list("capabilities")
	if len(capabilities) != 1 || capabilities[0].text("capability_name") != "other" ||
		capabilities[0].text("description") != "" {
		t.Errorf("capabilities %v", capabilities)
	}
}

func TestUpdateThatChangesNothingMakesNoRevision(t *testing.T) {
	tool := newTool(t, nil)
	path := tools + "/" + tool.text("tool_name")
	revision := currentRevision(t)
	for _, body := range []string{`{"description":"Made by a test"}`, object{"metadata": tool["metadata"], "status": "active"}.json()} {
		after := do(t, "PUT", path, body).object(t)
		if after.text("etag") != tool.text("etag") || after.text("revision") != tool.text("revision") ||
			after.text("updated_at") != tool.text("updated_at") {
			t.Errorf("%s: %v, before %v", body, after, tool)
		}
	}
	if now := currentRevision(t); now != revision {
		t.Errorf("revision %d, before %d", now, revision)
	}
}

func TestRefusedUpdates(t *testing.T) {
	tool := newTool(t, nil)
	name := tool.text("tool_name")
	path := tools + "/" + name
	for _, test := range []struct {
		query, body string
		parts       []string
	}{
		{"", ``, nil},
		{"", `{}`, nil},
		{"", `{"revision":"5","is_latest":true}`, nil},
		{"", `{"tool_name":"other","description":"x"}`, []string{"tool_name", name}},
		{"", `{"version":"2.0","description":"x"}`, []string{"version", "1.0"}},
		{"", `{"description":null}`, []string{"description"}},
		{"", `{"platform":""}`, []string{"platform"}},
		{"", `{"bogus":1}`, []string{`unknown field "bogus"`}},
		{"?update_mask=bogus", `{"description":"x"}`, []string{"update_mask", "bogus"}},
		{"?bogus=1", `{"description":"x"}`, []string{`"bogus"`}},
	} {
		do(t, "PUT", path+test.query, test.body).refused(t, 400, test.parts...)
	}
	compareTools(t, "after refused updates", get(t, path).object(t), tool)
}

func TestActorOfAWrite(t *testing.T) {
	tool := newTool(t, nil)
	path := tools + "/" + tool.text("tool_name")
	for _, test := range []struct{ header, body, want string }{
		{"", `{"description":"1"}`, "api"},
		{"ann", `{"description":"2"}`, "ann"},
		{"ann", `{"description":"3","updated_by":"bob"}`, "ann"},
		// Who changes a copy of what is stored has not named anybody.
		{"", `{"description":"4","updated_by":"ann"}`, "api"},
		{"", `{"description":"5","updated_by":"bob"}`, "bob"},
		{"J\u00fcrgen", `{"description":"6","updated_by":"bob"}`, "J\u00fcrgen"},
		{"", `{"description":"7"}`, "api"},
	} {
		after := do(t, "PUT", path, test.body, "X-Actor", test.header).object(t)
		log := get(t, changes+"?from_revision="+decrement(after.int64("revision"))).object(t).list("changes")
		if len(log) != 1 || log[0].text("actor") != test.want || after.text("updated_by") != test.want {
			t.Errorf(
				"%s with %q: the log has %v, updated_by %v, want %s",
				test.body,
				test.header,
				log,
				after["updated_by"],
				test.want,
			)
		}
	}
}
