package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

func serviceSource(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var numericConstant = regexp.MustCompile(`constexpr (?:size_t|int|double|int64_t) (k\w+) = ([0-9' *]+);`)

// constantsOf are the constants of a C++ file that are numbers or products of numbers.
func constantsOf(t *testing.T, path string) map[string]int {
	t.Helper()
	constants := map[string]int{}
	for _, match := range numericConstant.FindAllStringSubmatch(serviceSource(t, path), -1) {
		product := 1
		for _, factor := range strings.Split(strings.ReplaceAll(match[2], "'", ""), "*") {
			number, err := strconv.Atoi(strings.TrimSpace(factor))
			if err != nil {
				t.Fatalf("%s: %s: %v", path, match[1], err)
			}
			product *= number
		}
		constants[match[1]] = product
	}
	return constants
}

// A new limit of definitions belongs into the document, or into the list of those that no schema can state.
func TestOpenAPIHasTheLimitsOfDefinitions(t *testing.T) {
	stated := map[string]int{
		"kMaxToolNameCharacters": maxToolNameCharacters, "kMaxVersionCharacters": maxVersionCharacters,
		"kMaxShortTextCharacters": maxShortTextCharacters, "kMaxPhraseCharacters": maxPhraseCharacters,
		"kMaxRegexCharacters": maxRegexCharacters, "kMaxExpressionCharacters": maxExpressionCharacters,
		"kMaxDescriptionBytes": maxDescriptionBytes, "kMaxCapabilities": maxCapabilities, "kMaxPatterns": maxPatterns,
		"kMaxEntries": maxListEntries,
	}
	unstated := []string{"kMaxDefinitionBytes", "kMaxExpressionDepth", "kMaxExpressionSteps", "kMaxExponent",
		"kMaxFreeLevels", "kMaxViolations", "kMaxImportBytes"}
	const path = "common/definition/definition_limits.h"
	checked := constantsOf(t, path)
	if declared := strings.Count(serviceSource(t, path), "inline constexpr"); len(checked) != declared {
		t.Errorf("%s declares %d constants, of which %d are understood", path, declared, len(checked))
	}
	for name, value := range checked {
		if number, ok := stated[name]; ok && number != value {
			t.Errorf("%s is %d, the document has %d", name, value, number)
		} else if !ok && !slices.Contains(unstated, name) {
			t.Errorf("the document does not state %s", name)
		}
		delete(stated, name)
	}
	if len(stated) > 0 {
		t.Errorf("%s lacks %v", path, stated)
	}
}

func TestOpenAPIHasTheLimitsOfRequests(t *testing.T) {
	for _, test := range []struct {
		path, constant string
		number         int
	}{
		{"common/page_token.cc", "kDefaultPageSize", defaultPageSize},
		{"common/page_token.cc", "kMaxPageSize", maxPageSize},
		{"common/definition/definition_limits.h", "kMaxShortTextCharacters", maxReloadTextLength},
		{"catalog_service/read/state_reader.cc", "kDefaultPageSize", defaultHashPageSize},
		{"catalog_service/read/tool_exporter.cc", "kMaxNames", maxExportedNames},
		{"catalog_service/rpc/mutation_requests.cc", "kMaxReasonCharacters", maxReasonCharacters},
		{"catalog_service/rpc/watch_request.cc", "kMaxToolNames", maxWatchedNames},
		{"catalog_service/rpc/watch_request.cc", "kMinBookmarkIntervalMs", minBookmarkInterval},
		{"catalog_service/rpc/watch_request.cc", "kMaxBookmarkIntervalMs", maxBookmarkInterval},
		{"catalog_service/search/search_query.cc", "kMaxCharacters", maxSearchCharacters},
		{"reload_service/follow/periodic_schedule.cc", "kMaxSeconds", maxPeriodicSeconds},
		{"reload_service/hooks/hook_hosts.cc", "kMaxUrlCharacters", maxHookURLCharacters},
	} {
		if value, ok := constantsOf(t, test.path)[test.constant]; !ok || value != test.number {
			t.Errorf("%s: %s is %d, the document has %d", test.path, test.constant, value, test.number)
		}
	}
	bookmark := `kDefaultBookmarkInterval = absl::Seconds\((\d+)\)`
	if got := wordsIn(t, "catalog_service/rpc/watch_request.cc", bookmark, `\d+`); strings.Join(got, "")+"000" !=
		strconv.Itoa(defaultBookmark) {
		t.Errorf("the default interval of bookmarks is %v s, the document has %d ms", got, defaultBookmark)
	}
}

const quotedWord = `"([^"]*)"`

// wordsIn are the words within what the group of a pattern matches in a file.
func wordsIn(t *testing.T, path, pattern, word string) []string {
	t.Helper()
	match := regexp.MustCompile(`(?s)` + pattern).FindStringSubmatch(serviceSource(t, path))
	if match == nil {
		t.Fatalf("%s has no %s", path, pattern)
	}
	var words []string
	for _, found := range regexp.MustCompile(word).FindAllStringSubmatch(match[1], -1) {
		words = append(words, found[len(found)-1])
	}
	return words
}

func TestOpenAPIHasTheWordsThatServicesTake(t *testing.T) {
	const validator = "common/definition/validation/definition_validator.cc"
	for _, test := range []struct {
		path, pattern string
		words         []string
	}{
		{validator, `DefaultVocabulary\(\) \{.*?return \{\{(.*?)\}`, defaultPlatforms},
		{validator, `DefaultVocabulary\(\) \{.*?return \{\{.*?\},\s*\{(.*?)\}`, defaultCategories},
		{validator, `DefaultVocabulary\(\) \{.*?return \{\{.*?\},\s*\{.*?\},\s*\{(.*?)\}`, defaultStatuses},
		{"common/definition/definition.cc", `CheckToolName\(.*?(return .*?;)`, []string{nameMarks}},
		{"common/definition/definition.cc", `CheckVersion\(.*?(return .*?;)`, []string{versionMarks}},
		{"common/definition/definition.h", `kDefaultVersion\[\] = (.*?);`, []string{defaultVersion}},
		{"common/definition/definition.h", `kDefaultStatus\[\] = (.*?);`, []string{defaultStatus}},
		{"common/definition/reload_triggers.h", `kTriggers = \{(.*?)\};`, reloadTriggers},
		{"catalog_service/changes/change_rows.cc", `ChangeKinds\(\) \{(.*?)\};`, changeKinds},
		{"catalog_service/replicas/replica_report_rules.cc", `kStates = \{(.*?)\}`, streamStates},
		{"catalog_service/rpc/tool_requests.cc", `kOrders\[\] = \{(.*?)\};`, toolOrders},
		{"catalog_service/rpc/tool_requests.cc", `"order_by", request.order_by\(\), \{(.*?)\}`, versionOrders},
	} {
		if got := wordsIn(t, test.path, test.pattern, quotedWord); !slices.Equal(got, test.words) {
			t.Errorf("%s has %q, the document %q", test.path, got, test.words)
		}
	}
}

// A field that was renamed would lose its limits unseen.
func TestOpenAPIUsesEveryLimit(t *testing.T) {
	unused := map[string]bool{}
	for key := range fieldLimits {
		unused[key] = true
	}
	mark := func(message, field string) {
		delete(unused, message+"."+field)
		if strings.HasSuffix(message, "Request") || strings.HasSuffix(message, "Options") {
			delete(unused, "Request."+field)
		}
	}
	var fields func(messages protoreflect.MessageDescriptors)
	fields = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			for j := range messages.Get(i).Fields().Len() {
				mark(string(messages.Get(i).Name()), string(messages.Get(i).Fields().Get(j).Name()))
			}
			fields(messages.Get(i).Messages())
		}
	}
	for _, file := range protoFiles {
		fields(file.Messages())
	}
	for _, route := range newRouteTable() {
		for _, variable := range pathVariable.FindAllStringSubmatch(route.template, -1) {
			mark("Path", variable[1])
		}
	}
	for key := range unused {
		t.Errorf("no field has the limit %s", key)
	}
}

func TestOpenAPIStatesLimitsWhereTheyHold(t *testing.T) {
	document := wholeOpenAPI(t)
	schemas := document["components"].(object)["schemas"].(object)
	property := func(schema, field string) object {
		return schemas[schema].(object)["properties"].(object)[field].(object)
	}
	if got := property(toolSchema, "tool_name"); got["pattern"] != namePattern || got["maxLength"] != 100.0 {
		t.Errorf("tool_name: %v", got)
	}
	// Further platforms, categories and statuses may be configured.
	for _, field := range []string{"platform", "category", "status"} {
		if got := property(toolSchema, field); got["enum"] != nil || got["examples"] == nil {
			t.Errorf("%s: %v", field, got)
		}
	}
	for _, field := range []string{"version", "status", "enabled"} {
		if property(toolSchema, field)["default"] == nil || property(partialToolSchema, field)["default"] != nil {
			t.Errorf("%s: a new tool has a default, and an update has none", field)
		}
	}
	phrase := property("toolcatalog.v1.Pattern", "limitations")
	if phrase["maxItems"] != 100.0 || phrase["items"].(object)["maxLength"] != 1000.0 {
		t.Errorf("limitations: %v", phrase)
	}
	for _, test := range []struct{ path, parameter, keyword, value string }{
		{tools, "page_size", "minimum", "1"}, {tools, "page_size", "maximum", "1000"}, {tools, "page_size", "default", "50"},
		// Sent together with a token, it would be refused.
		{tools, "page", "default", "<nil>"},
		{"/api/v1/content-hashes", "page_size", "default", "1000"},
		{tools + "/reload/history", "limit", "maximum", "1000"},
		{tools + "/reload/history", "trigger_type", "enum", "[manual api_update periodic webhook startup]"},
		{"/api/v1/changes", "kind", "enum", "[created updated deleted enabled disabled imported promoted restored]"},
		{tools + "/platform/{platform}", "platform", "enum", "<nil>"},
		{tools + "/{tool_name}", "tool_name", "pattern", namePattern},
	} {
		operation := document["paths"].(object)[test.path].(object)["get"].(object)
		got := "no such parameter"
		for _, parameter := range operation["parameters"].([]any) {
			if parameter := parameter.(object); parameter["name"] == test.parameter {
				got = fmt.Sprint(parameter["schema"].(object)[test.keyword])
			}
		}
		if got != test.value {
			t.Errorf("%s %s: %s is %s, want %s", test.path, test.parameter, test.keyword, got, test.value)
		}
	}
}
