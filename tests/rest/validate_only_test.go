package rest

import "testing"

func TestACreateThatOnlyValidatesStoresNothing(t *testing.T) {
	name := uniqueName(t)
	existing := newTool(t, nil).text("tool_name")
	revision := currentRevision(t)
	tool := do(t, "POST", tools+"?validate_only=true", definition(name, nil).json()).object(t, 200)
	contains(t, name, tool, object{"tool_name": name, "status": "active", "enabled": true, "is_latest": true})
	get(t, tools+"/"+name).refused(t, 404)
	do(t, "POST", tools+"?validate_only=true", definition(existing, nil).json()).refused(t, 409, existing)
	do(t, "POST", tools+"?validate_only=true", definition(name, object{"platform": "toaster"}).json()).
		violates(t, "platform", "toaster")
	nothingStored(t, revision)
	do(t, "POST", tools+"?validate_only=false", definition(name, nil).json()).want(t, 201)
}

func TestAnUpdateThatOnlyValidatesStoresNothing(t *testing.T) {
	before := newTool(t, nil)
	name := before.text("tool_name")
	path := tools + "/" + name
	revision := currentRevision(t)
	tool := do(t, "PUT", path+"?validate_only=true", `{"description":"Dry","metadata":null}`).object(t)
	if tool.text("description") != "Dry" || tool["metadata"] != nil || tool.text("platform") != "linux" {
		t.Errorf("answered %v", tool)
	}
	do(t, "PUT", path+"?validate_only=true", `{"platform":"toaster"}`).violates(t, "platform", "toaster")
	do(t, "PUT", path+"?validate_only=true", `{"description":"x"}`, "If-Match", `"stale"`).refused(t, 412)
	do(t, "PUT", tools+"/no-such-tool?validate_only=true", `{"description":"x"}`).refused(t, 404)
	do(t, "PUT", path+"?validate_only=perhaps", `{"description":"x"}`).refused(t, 400, "validate_only", "perhaps")
	nothingStored(t, revision)
	compareTools(t, "stored", get(t, path).object(t), before)
}

func TestAnImportThatOnlyValidatesStoresNothing(t *testing.T) {
	kept, fresh, bad := uniqueName(t), uniqueName(t), uniqueName(t)
	wantCounts(t, importYAML(t, "/import", formA(kept, "Kept"), false), 1, 0, 0)
	yaml := formA(kept, "Changed") + "---\n" + formA(fresh, "New") + "---\nplatform: toaster\ntool_name: " + bad + "\n"
	revision := currentRevision(t)
	for _, overwrite := range []bool{false, true} {
		dry := do(t, "POST", tools+"/import", object{"yaml_content": yaml, "overwrite": overwrite, "validate_only": true}.json())
		counts := dry.object(t)
		nothingStored(t, revision)
		if overwrite {
			wantCounts(t, counts, 2, 0, 1)
		} else {
			wantCounts(t, counts, 1, 0, 2)
		}
	}
	dry := do(t, "POST", tools+"/import", object{"yaml_content": yaml, "validate_only": true}.json()).object(t)
	real := importYAML(t, "/import", yaml, false)
	for _, field := range []string{"success", "imported_count", "failed_count", "skipped_count", "errors", "warnings"} {
		contains(t, field, dry[field], real[field])
	}
	again := do(t, "POST", tools+"/import", object{"yaml_content": formA(kept, "Kept"), "validate_only": true}.json()).object(t)
	wantCounts(t, again, 0, 1, 0)
}

func TestAtomicImports(t *testing.T) {
	a, b := uniqueName(t), uniqueName(t)
	bad := formA(a, "A") + "---\n" + formA(b, "B") + "---\ntool_name: search\n"
	revision := currentRevision(t)
	body := do(t, "POST", tools+"/import", object{"yaml_content": bad, "atomic": true}.json()).object(t)
	if body.flag("success") || body.number("imported_count") != 0 || body.number("failed_count") < 1 {
		t.Errorf("answered %v", body)
	}
	nothingStored(t, revision)
	get(t, tools+"/"+a).refused(t, 404)
	good := formA(a, "A") + "---\n" + formA(b, "B")
	wantCounts(t, do(t, "POST", tools+"/import", object{"yaml_content": good, "atomic": true}.json()).object(t), 2, 0, 0)
	nothingStored(t, revision+1) // but for the one revision
	wantCounts(t, do(t, "POST", tools+"/bulk-import", object{"yaml_content": good, "atomic": true}.json()).object(t), 0, 2, 0)
	nothingStored(t, revision+1)
	mixed := formA(a, "A changed") + "---\n" + formA(b, "B")
	body = do(t, "POST", tools+"/import", object{"yaml_content": mixed, "atomic": true}.json()).object(t)
	if body.flag("success") || body.number("imported_count") != 0 {
		t.Errorf("a conflict did not stop an atomic import: %v", body)
	}
	nothingStored(t, revision+1)
}
