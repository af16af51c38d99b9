package rest

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// realDefinition is one file of the test data.
type realDefinition struct {
	file, text, name string
	usable           bool
	root             *yaml.Node
}

// realDefinitions are the files with one tool at their top; the template with its placeholders is none.
func realDefinitions(t *testing.T) []realDefinition {
	t.Helper()
	stackURL(t)
	folder := os.Getenv("TOOLCATALOG_TEST_DATA")
	if _, err := os.Stat(filepath.Join(folder, "tools")); folder == "" || err != nil {
		t.Skip("TOOLCATALOG_TEST_DATA names no folder with tools/**/*.yaml")
	}
	var found []realDefinition
	err := filepath.WalkDir(filepath.Join(folder, "tools"), func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(file, "/templates/") {
			return err
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		// One line break at the end: in a stream of documents, a text at the end of a file without any gains one.
		text := strings.TrimRight(strings.TrimPrefix(string(content), "---\n"), "\n") + "\n"
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			return err
		}
		var head struct {
			ToolName string `yaml:"tool_name"`
			Enabled  *bool
			Status   string
		}
		if err := document.Decode(&head); err != nil || head.ToolName == "" {
			return nil // another form
		}
		usable := (head.Enabled == nil || *head.Enabled) &&
			(head.Status == "" || head.Status == "active" || head.Status == "testing")
		found = append(found, realDefinition{file, text, head.ToolName, usable, document.Content[0]})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func joined(definitions []realDefinition) string {
	var text strings.Builder
	for _, definition := range definitions {
		text.WriteString("---\n" + definition.text)
	}
	return text.String()
}

func TestRealDefinitionsBecomeProfiles(t *testing.T) {
	definitions := realDefinitions(t)
	count := len(definitions)
	for _, definition := range definitions {
		removeTool(t, definition.name)
		t.Cleanup(func() { removeTool(t, definition.name) })
	}
	first := importYAML(t, "/import", joined(definitions), false)
	wantCounts(t, first, count, 0, 0)
	second := importYAML(t, "/import", joined(definitions), false)
	wantCounts(t, second, 0, count, 0)
	if second.text("revision") != first.text("revision") {
		t.Errorf("a second import made revision %v after %v", second["revision"], first["revision"])
	}
	for i := range 10 {
		definitions[i*count/10].text += "edited_by_a_test: true\n"
	}
	wantCounts(t, importYAML(t, "/import", joined(definitions), false), 0, count-10, 10)
	edited := importYAML(t, "/import", joined(definitions), true)
	wantCounts(t, edited, 10, count-10, 0)

	held := heldProfiles(t, edited.int64("revision"))
	for _, definition := range definitions {
		profile, there := held[definition.name]
		if there != definition.usable {
			t.Errorf("%s: has a profile: %v, want %v", definition.name, there, definition.usable)
		}
		if there {
			checkNothingLost(t, definition, profile)
		}
	}
}

func TestRealDefinitionsSurviveExportAndImport(t *testing.T) {
	definitions := realDefinitions(t)
	var names []any
	for _, definition := range definitions {
		removeTool(t, definition.name)
		t.Cleanup(func() { removeTool(t, definition.name) })
		names = append(names, definition.name)
	}
	wantCounts(t, importYAML(t, "/import", joined(definitions), false), len(names), 0, 0)
	for _, format := range []string{"yaml", "json"} {
		first := export(t, object{"tool_names": names, "format": format})
		text := first.text("yaml_content") + first.text("json_content")
		revision := currentRevision(t)
		wantCounts(t, importYAML(t, "/import", text, true), 0, len(names), 0)
		nothingStored(t, revision)
		for _, name := range names {
			removeTool(t, name.(string))
		}
		wantCounts(t, importYAML(t, "/import", text, false), len(names), 0, 0)
		second := export(t, object{"tool_names": names, "format": format})
		if second.text("yaml_content")+second.text("json_content") != text {
			t.Errorf("%s: a second export differs from the first", format)
		}
	}
}

// heldProfiles are all profiles, by name, once the cache has applied the revision.
func heldProfiles(t *testing.T, revision int64) map[string]object {
	t.Helper()
	await(t, "the profiles catch up", func() bool {
		return get(t, profiles+"?page_size=1").object(t).int64("revision") >= revision
	})
	held := map[string]object{}
	for token, more := "", true; more; more = token != "" {
		page := get(t, profiles+"?page_size=1000&page_token="+token).object(t)
		for _, profile := range page.list("profiles") {
			held[profile.in("tool").text("tool_name")] = profile.in("tool")
		}
		token = page.text("next_page_token")
	}
	return held
}

// checkNothingLost checks that every scalar of the file is in the profile, as often and under the same key.
func checkNothingLost(t *testing.T, definition realDefinition, profile object) {
	t.Helper()
	var plain any
	if err := json.Unmarshal([]byte(profile.json()), &plain); err != nil {
		t.Fatal(err)
	}
	have := map[string]int{}
	countJSON(have, "", plain)
	want := map[string]int{}
	countYAML(want, "", definition.root)
	for leaf, times := range want {
		if have[leaf] < times {
			t.Errorf("%s: %s is in the file %d times, in the profile %d times", definition.file, leaf, times, have[leaf])
		}
	}
}

func countJSON(leaves map[string]int, key string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			countJSON(leaves, name, child)
		}
	case []any:
		for _, child := range value {
			countJSON(leaves, key, child)
		}
	case string:
		leaves[key+": "+canonical(value)]++
	case float64:
		leaves[key+": "+strconv.FormatFloat(value, 'g', -1, 64)]++
	case bool:
		leaves[key+": "+strconv.FormatBool(value)]++
	}
}

var isNumber = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?$`)

// canonical spells numbers in one way: the same number may be text in one place and a number in another.
func canonical(text string) string {
	if number, err := strconv.ParseFloat(text, 64); err == nil && isNumber.MatchString(text) {
		return strconv.FormatFloat(number, 'g', -1, 64)
	}
	return text
}

// namedMaps are maps whose keys become a field of their values.
var namedMaps = map[string]string{"capabilities": "capability_name", "patterns": "pattern_name"}

func countYAML(leaves map[string]int, key string, node *yaml.Node) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			name, value := node.Content[i].Value, node.Content[i+1]
			if field, named := namedMaps[key]; named && value.Kind == yaml.MappingNode {
				leaves[field+": "+canonical(name)]++
				name = ""
			}
			countYAML(leaves, name, value)
		}
	case yaml.SequenceNode:
		for _, child := range node.Content {
			if _, named := namedMaps[key]; named && child.Kind == yaml.MappingNode {
				countYAML(leaves, "", child)
				continue
			}
			countYAML(leaves, key, child)
		}
	case yaml.AliasNode:
		countYAML(leaves, key, node.Alias)
	case yaml.ScalarNode:
		if node.Tag != "!!null" {
			leaves[key+": "+canonical(node.Value)]++
		}
	}
}
