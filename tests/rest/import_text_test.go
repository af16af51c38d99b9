package rest

import (
	"fmt"
	"strings"
	"testing"
)

const importPath = "/api/v1/import"

// importText sends the text as it is.
func importText(t *testing.T, query, text string) answer {
	t.Helper()
	return do(t, "POST", importPath+query, text, "Content-Type", "application/yaml", "X-Actor", "ann")
}

func TestATextIsImported(t *testing.T) {
	name := uniqueName(t)
	body := importText(t, "?reason=because+so", formA(name, "First")).object(t)
	body.shape(t, "import", "success bool", "imported_count int", "failed_count int", "skipped_count int", "errors list",
		"warnings list", "revision int64")
	wantCounts(t, body, 1, 0, 0)
	tool := get(t, tools+"/"+name).object(t)
	contains(t, name, tool, object{"description": "First", "updated_by": "ann"})
	last := get(t, tools+"/"+name+"/history").object(t).list("history")[0]
	contains(t, "history", last, object{"reason": "because so", "actor": "ann"})

	changed := formA(name, "Second")
	wantCounts(t, importText(t, "", changed).object(t), 0, 0, 1)
	wantCounts(t, importText(t, "?overwrite=true&validate_only=true", changed).object(t), 1, 0, 0)
	contains(t, name, get(t, tools+"/"+name).object(t), object{"description": "First"})
	wantCounts(t, importText(t, "?overwrite=true", changed).object(t), 1, 0, 0)
	contains(t, name, get(t, tools+"/"+name).object(t), object{"description": "Second"})
}

func TestATextThatIsRepeatedIsImportedOnce(t *testing.T) {
	name := uniqueName(t)
	query := "?request_id=" + requestID()
	first := importText(t, query, formA(name, "First")).want(t, 200)
	revision := currentRevision(t)
	again := importText(t, query, formA(name, "First")).want(t, 200)
	if string(again.body) != string(first.body) || currentRevision(t) != revision {
		t.Errorf("first %s, then %s", first.body, again.body)
	}
	// The same import as JSON.
	request := object{"yaml_content": formA(name, "First"), "request_id": strings.TrimPrefix(query, "?request_id=")}
	asJSON := do(t, "POST", tools+"/import", request.json(), "X-Actor", "ann").want(t, 200)
	if string(asJSON.body) != string(first.body) {
		t.Errorf("first %s, then %s", first.body, asJSON.body)
	}
	importText(t, query, formA(name, "Second")).refused(t, 400)
}

func TestAnAtomicTextIsImportedWholeOrNotAtAll(t *testing.T) {
	name := uniqueName(t)
	text := formA(name, "Good") + "---\ndescription: Nameless\n"
	wantCounts(t, importText(t, "?atomic=true", text).object(t), 0, 0, 1)
	get(t, tools+"/"+name).refused(t, 404)
	wantCounts(t, importText(t, "", text).object(t), 1, 0, 1)
}

func TestATextThatIsNoneIsRefused(t *testing.T) {
	revision := currentRevision(t)
	name := uniqueName(t)
	do(t, "POST", importPath, object{"yaml_content": formA(name, "x")}.json(), "Content-Type", "application/json").
		refused(t, 415, "Content-Type", "application/yaml")
	do(t, "POST", importPath, formA(name, "x"), "Content-Type", "application/x-www-form-urlencoded").refused(t, 415)
	importText(t, "", "").violates(t, "yaml_content", "required")
	importText(t, "", "tool_name: [").violates(t, "yaml_content")
	importText(t, "", "description: \xff").violates(t, "yaml_content", "UTF-8", "0xff", "13")
	importText(t, "?overwrite=yes", formA(name, "x")).refused(t, 400, "overwrite", "true or false")
	importText(t, "?format=yaml", formA(name, "x")).refused(t, 400, "unknown parameter", "format")
	importText(t, "?request_id=1", formA(name, "x")).violates(t, "request_id", "UUID")
	importText(t, "?reason=a%0Ab", formA(name, "x")).violates(t, "reason")
	importText(t, "", strings.Repeat("#", 64<<20+1)).refused(t, 413, "body", "67108864")
	get(t, importPath).refused(t, 405)
	nothingStored(t, revision)
}

func TestALargeTextIsImported(t *testing.T) {
	name := uniqueName(t)
	const count = 100
	text := strings.Builder{}
	for i := range count {
		fmt.Fprintf(&text, "---\n%s", formA(fmt.Sprintf("%s-%d", name, i), "Large"))
		text.WriteString("metadata:\n  notes: |\n" + strings.Repeat("    a line of notes, of which there are many more\n", 4000))
	}
	wantCounts(t, importText(t, "", text.String()).object(t), count, 0, 0)
	asJSON := object{"yaml_content": text.String()}.json()
	wantCounts(t, do(t, "POST", tools+"/import", asJSON).object(t), 0, count, 0)
}
