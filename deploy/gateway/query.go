package main

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// queryWithBody names the routes whose body is the whole request and whose fields may come as query parameters too.
var queryWithBody = map[string]bool{"/api/v1/tools/reload": true}

// queryField is the request field that a query parameter sets, or nil.
func (r route) queryField(name string) protoreflect.FieldDescriptor {
	if r.rpc == nil || r.body == name || (r.body == "*" && !queryWithBody[r.template]) ||
		slices.Contains(r.pathFields(), name) {
		return nil
	}
	field := r.rpc.Input().Fields().ByName(protoreflect.Name(name))
	if field != nil && field.Message() != nil && field.Message().FullName() != "google.protobuf.FieldMask" {
		return nil
	}
	return field
}

// checkQuery refuses parameters that the route does not know, and values that are not of the field's type.
func checkQuery(route route, query url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		if !utf8.ValidString(name) {
			return invalid("query: parameter names must be UTF-8")
		}
		field := route.queryField(name)
		if field == nil {
			return invalid("query: unknown parameter %q", name)
		}
		if len(values) > 1 && !field.IsList() {
			return invalid("query: parameter %q must be given once, got %d times", name, len(values))
		}
		for _, value := range values {
			if err := checkValue(name, value, field.Kind()); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkValue(name, value string, kind protoreflect.Kind) error {
	if !utf8.ValidString(value) {
		return invalid("query: parameter %q must be UTF-8", name)
	}
	rule := ""
	switch kind {
	case protoreflect.BoolKind:
		if value != "true" && value != "false" {
			rule = "true or false"
		}
	case protoreflect.Int32Kind:
		if _, err := strconv.ParseInt(value, 10, 32); err != nil {
			rule = "a 32-bit integer"
		}
	case protoreflect.Int64Kind:
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			rule = "a 64-bit integer"
		}
	}
	if rule != "" {
		return invalid("query: parameter %q must be %s, got %q", name, rule, value)
	}
	return nil
}

// foldQuery puts the query parameters into the body, where the generated code reads the whole request from. A body that
// is no JSON object stays as it is, for the decoder to refuse.
func foldQuery(body []byte, query url.Values) ([]byte, error) {
	if len(query) == 0 {
		return body, nil
	}
	fields := map[string]json.RawMessage{}
	if len(body) > 0 && json.Unmarshal(body, &fields) != nil || fields == nil {
		return body, nil
	}
	for name, values := range query {
		if _, given := fields[name]; given {
			return nil, invalid("%s: must be given in the body or in the query, not in both", name)
		}
		fields[name], _ = json.Marshal(values[0])
	}
	return json.Marshal(fields)
}
