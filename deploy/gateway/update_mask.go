package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// setMask names the fields of an update's body in `update_mask`, unless the caller did. grpc-gateway can do that too,
// but goes down into free objects and makes a path of each of their keys, which a large body turns into gigabytes.
func setMask(query url.Values, body []byte, request protoreflect.MessageDescriptor) {
	if query.Get("update_mask") != "" {
		return
	}
	paths := maskOf(body, request.Fields().ByName("tool").Message())
	if len(paths) == 0 {
		query.Del("update_mask")
		return
	}
	query.Set("update_mask", strings.Join(paths, ","))
}

// maskOf are the paths of the fields that a JSON object names, sorted. It goes down into messages, not into lists and
// free objects. A body that is not right JSON for the message has no mask; the decoder refuses it.
func maskOf(body []byte, message protoreflect.MessageDescriptor) []string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return nil
	}
	var paths []string
	for name, value := range fields {
		field := message.Fields().ByName(protoreflect.Name(name))
		if field == nil {
			field = message.Fields().ByJSONName(name)
		}
		if field == nil {
			return nil
		}
		path := string(field.Name())
		var below []string
		if hasOwnFields(field) {
			below = maskOf(value, field.Message())
		}
		if len(below) == 0 {
			paths = append(paths, path)
		}
		for _, child := range below {
			paths = append(paths, path+"."+child)
		}
	}
	slices.Sort(paths)
	return paths
}

// hasOwnFields says whether the field is one message of the API's own, not a list, a time or a free object.
func hasOwnFields(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && !field.IsList() && !field.IsMap() &&
		field.Message().FullName().Parent() != "google.protobuf"
}

// checkTarget refuses a body that names another tool than the path: the generated code would overwrite it silently.
func checkTarget(body []byte, pathParams map[string]string) error {
	name := cmp.Or(pathParams["tool_name"], pathParams["tool.tool_name"])
	if name == "" {
		return nil
	}
	for _, key := range []string{`"tool_name"`, `"toolName"`} {
		if !bytes.Contains(body, []byte(key)) {
			continue
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal(body, &fields) != nil {
			return nil
		}
		given, ok := fields[strings.Trim(key, `"`)]
		var text string
		if ok && (json.Unmarshal(given, &text) != nil || !strings.EqualFold(text, name)) {
			rule := fmt.Sprintf("must be %q as in the path, got %.100s", name, given)
			return refuse(invalidField, "tool_name: %s", rule).about("tool_name", rule)
		}
	}
	return nil
}
