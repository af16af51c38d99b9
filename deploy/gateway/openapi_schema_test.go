package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// wholeOpenAPI is the document as programs that generate clients read it.
func wholeOpenAPI(t *testing.T) object {
	t.Helper()
	text, err := openAPIDocument("1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var document object
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document
}

// eachObject calls visit for every object in a part of a document.
func eachObject(place string, part any, visit func(place string, part object)) {
	switch part := part.(type) {
	case []any:
		for _, element := range part {
			eachObject(place, element, visit)
		}
	case object:
		visit(place, part)
		for name, element := range part {
			eachObject(place+"/"+name, element, visit)
		}
	}
}

// Programs that generate clients fail on unions, and make a type that is always empty of an object that states nothing.
func TestOpenAPIHasOnlySchemasThatGeneratorsUnderstand(t *testing.T) {
	eachObject("", wholeOpenAPI(t), func(place string, part object) {
		if strings.HasSuffix(place, "/properties") {
			return
		}
		for _, union := range []string{"oneOf", "anyOf", "allOf", "not"} {
			if part[union] != nil {
				t.Errorf("%s has %s", place, union)
			}
		}
		if part["type"] == "object" && part["properties"] == nil && part["additionalProperties"] == nil {
			t.Errorf("%s does not say which properties it has", place)
		}
		if reference, ok := part["$ref"].(string); ok && !strings.HasPrefix(reference, "#/components/schemas/") {
			t.Errorf("%s refers to %s", place, reference)
		}
	})
}

func TestOpenAPISaysWhichFieldsExcludeOneAnother(t *testing.T) {
	schemas := wholeOpenAPI(t)["components"].(object)["schemas"].(object)
	for name, want := range map[string]string{
		"ExportToolsResponse": "It has at most one of `yaml_content` and `json_content`.",
		"WatchToolsResponse":  "It has at most one of `snapshot`, `batch` and `bookmark`.",
	} {
		got := schemas["toolcatalog.v1."+name].(object)["description"].(string)
		if !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q, want the end %q", name, got, want)
		}
	}
}

func TestOpenAPINamesOperationsForPeople(t *testing.T) {
	readable := regexp.MustCompile(`^([A-Z][a-z]+)+(API)?$`)
	for path, item := range wholeOpenAPI(t)["paths"].(object) {
		for method, operation := range item.(object) {
			id := operation.(object)["operationId"].(string)
			if !readable.MatchString(id) {
				t.Errorf("%s %s is called %q", method, path, id)
			}
		}
	}
}

func TestOpenAPIHasOneSchemaForErrors(t *testing.T) {
	document := wholeOpenAPI(t)
	for path, item := range document["paths"].(object) {
		for method, operation := range item.(object) {
			for code, response := range operation.(object)["responses"].(object) {
				if code < "400" || slices.Contains(probeTemplates, path) {
					continue
				}
				schema := response.(object)["content"].(object)["application/json"].(object)["schema"].(object)
				if schema["$ref"] != schemaReference(statusSchema) {
					t.Errorf("%s %s %s has %v", method, path, code, schema)
				}
			}
		}
	}
	if document["components"].(object)["schemas"].(object)[statusSchema].(object)["examples"] == nil {
		t.Error("the schema of errors has no example")
	}
}

// The texts are shared with gRPC and call errors by its names, which mean nothing to users of HTTP.
func TestOpenAPIExplainsTheNamesOfErrors(t *testing.T) {
	document := wholeOpenAPI(t)
	info := document["info"].(object)
	if info["version"] != "1.2.3" || document["servers"].([]any)[0].(object)["url"] != "/" {
		t.Errorf("info %v, servers %v", info, document["servers"])
	}
	for _, row := range []string{
		"| INVALID_ARGUMENT | 3 | 400 |", "| NOT_FOUND | 5 | 404 |", "| FAILED_PRECONDITION | 9 | 400 |",
		"| ABORTED | 10 | 409; 412 with the reason ETAG_MISMATCH |", "| UNAUTHENTICATED | 16 | 401 |",
	} {
		if !strings.Contains(info["description"].(string), row) {
			t.Errorf("the description lacks %q", row)
		}
	}
}
