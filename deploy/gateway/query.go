package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	fieldMaskName = "google.protobuf.FieldMask"
	timestampName = "google.protobuf.Timestamp"
	// maxEntries bounds the entries of a map.
	maxEntries = 100
)

// queryWithBody names the routes whose body is the whole request and whose fields may come as query parameters too.
var queryWithBody = map[string]bool{"/api/v1/tools/reload": true}

// keyedName is a parameter that sets one entry of a map, as in variables[N]=5.
var keyedName = regexp.MustCompile(`^(\w+)\[[^\[\]]+\]$`)

// queryField is the request field that a query parameter sets, or of which it sets one entry; nil if there is none.
func (r route) queryField(name string) protoreflect.FieldDescriptor {
	keyed := keyedName.FindStringSubmatch(name)
	if keyed != nil {
		name = keyed[1]
	}
	if r.takesText() && keyed == nil {
		return importOptions.ByName(protoreflect.Name(name))
	}
	if r.rpc == nil || r.body == name || (r.body == "*" && !queryWithBody[r.template]) ||
		slices.Contains(r.pathFields(), name) {
		return nil
	}
	field := r.rpc.Input().Fields().ByName(protoreflect.Name(name))
	if field == nil || field.IsMap() != (keyed != nil) || !field.IsMap() && !hasTextForm(field) {
		return nil
	}
	return field
}

// hasTextForm says whether one text can be the field's value.
func hasTextForm(field protoreflect.FieldDescriptor) bool {
	message := field.Message()
	return message == nil || message.FullName() == fieldMaskName || message.FullName() == timestampName
}

// checkQuery refuses parameters that the route does not know, and values that are not of the field's type.
func checkQuery(route route, query url.Values) error {
	entries := map[protoreflect.Name]int{}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		if !utf8.ValidString(name) {
			return refuse(invalidQuery, "query: parameter names must be UTF-8")
		}
		field := route.queryField(name)
		if slices.Contains(route.parameters, name) && len(values) == 1 {
			continue
		}
		if field == nil {
			return refuse(unknownParameter, "query: unknown parameter %q", name).about(name, "unknown parameter")
		}
		if len(values) > 1 && !field.IsList() {
			return badParameter(name, "must be given once, got %d times", len(values))
		}
		if field.IsMap() {
			if entries[field.Name()]++; entries[field.Name()] > maxEntries {
				return badParameter(string(field.Name()), "must have at most %d entries, has more", maxEntries)
			}
			field = field.MapValue()
		}
		for _, value := range values {
			if err := checkValue(name, value, field); err != nil {
				return err
			}
		}
	}
	return nil
}

func badParameter(name, format string, args ...any) error {
	rule := fmt.Sprintf(format, args...)
	return refuse(invalidParameter, "query: parameter %q %s", name, rule).about(name, rule)
}

func checkValue(name, value string, field protoreflect.FieldDescriptor) error {
	if !utf8.ValidString(value) {
		return badParameter(name, "must be UTF-8")
	}
	var err error
	rule := ""
	switch field.Kind() {
	case protoreflect.BoolKind:
		rule = "true or false"
		if value != "true" && value != "false" {
			err = strconv.ErrSyntax
		}
	case protoreflect.Int32Kind:
		rule = "a 32-bit integer"
		_, err = strconv.ParseInt(value, 10, 32)
	case protoreflect.Int64Kind:
		rule = "a 64-bit integer"
		_, err = strconv.ParseInt(value, 10, 64)
	case protoreflect.DoubleKind:
		rule = "a finite decimal number"
		err = checkNumber(value)
	case protoreflect.MessageKind:
		if field.Message().FullName() == timestampName {
			rule = "a time such as 2025-10-03T19:00:00Z"
			err = checkTime(value)
		}
	}
	if err != nil {
		return badParameter(name, "must be %s, got %.100q", rule, value)
	}
	return nil
}

func checkTime(value string) error {
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return err
	}
	return timestamppb.New(t).CheckValid()
}

// checkNumber is stricter than ParseFloat: hexadecimal digits, infinities and NaN are no numbers here.
func checkNumber(value string) error {
	number, err := strconv.ParseFloat(value, 64)
	if err == nil && (strings.ContainsAny(value, "xX") || math.IsInf(number, 0) || math.IsNaN(number)) {
		return strconv.ErrSyntax
	}
	return err
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
			return nil, badParameter(name, "must be given in the body or in the query, not in both")
		}
		fields[name], _ = json.Marshal(values[0])
	}
	return json.Marshal(fields)
}
