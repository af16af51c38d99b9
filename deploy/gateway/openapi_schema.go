package main

import (
	"cmp"
	"maps"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// bindingIDs name the operations of further bindings of a method, by path. The generator only numbers them, so that their
// names would change with the order of the bindings.
var bindingIDs = map[string]string{
	"/api/v1/tools/platform/{platform}":                  "ListToolsByPlatform",
	"/api/v1/tools/category/{category}":                  "ListToolsByCategory",
	"/api/v1/tools/validate":                             "ValidateDefinition",
	"/api/v1/tools/search/query":                         "SearchToolsByQuery",
	"/api/v1/tools/capabilities/list":                    "ListCapabilitiesOfTools",
	"/api/v1/tools/capabilities/{capability_name}/tools": "ListToolsByCapability",
	"/api/v1/tools/bulk-import":                          "BulkImportTools",
}

// operationID is the method's name, for methods of all services have different names.
func operationID(route route) string {
	return cmp.Or(bindingIDs[route.template], string(route.rpc.Name()))
}

// useProtoNames renames the properties of all schemas and all query parameters in a part of a document.
func useProtoNames(part any) {
	switch part := part.(type) {
	case []any:
		for _, element := range part {
			useProtoNames(element)
		}
	case object:
		if name, ok := part["name"].(string); ok && part["in"] == "query" {
			part["name"] = protoName(name)
		}
		if properties, ok := part["properties"].(object); ok {
			renamed := object{}
			for name, schema := range properties {
				renamed[protoName(name)] = schema
			}
			part["properties"] = renamed
		}
		if required, ok := part["required"].([]any); ok {
			for i := range required {
				required[i] = protoName(required[i].(string))
			}
		}
		for _, element := range part {
			useProtoNames(element)
		}
	}
}

// protoName is the API's name of a field that may be given by its JSON name.
func protoName(name string) string { return cmp.Or(protoNames[name], name) }

// simplifyUnions makes the fields of a oneof plain optional ones, with a sentence that says which exclude one another. The
// generator's oneOf and not are exact, but programs that generate clients make nothing or nonsense of them.
func simplifyUnions(schemas object) {
	for name, schema := range schemas {
		message := messageNamed(name)
		if message == nil {
			continue
		}
		for i := range message.Oneofs().Len() {
			if oneof := message.Oneofs().Get(i); !oneof.IsSynthetic() {
				schema := schema.(object)
				delete(schema, "oneOf")
				schema["description"] = schema["description"].(string) + " It has at most one of " + fieldNames(oneof) + "."
			}
		}
	}
}

// messageNamed is nil for a schema that is of no message of the API.
func messageNamed(schema string) protoreflect.MessageDescriptor {
	descriptor, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(schema))
	if err != nil || !strings.HasPrefix(schema, "toolcatalog.") {
		return nil
	}
	message, _ := descriptor.(protoreflect.MessageDescriptor)
	return message
}

func fieldNames(oneof protoreflect.OneofDescriptor) string {
	var names []string
	for i := range oneof.Fields().Len() {
		names = append(names, "`"+string(oneof.Fields().Get(i).Name())+"`")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// openFreeObjects says of each object without known properties that it may have any. To many programs an object that does
// not say so is always empty.
func openFreeObjects(part any) {
	switch part := part.(type) {
	case []any:
		for _, element := range part {
			openFreeObjects(element)
		}
	case object:
		_, isClosed := part["additionalProperties"]
		if part["type"] == "object" && part["properties"] == nil && !isClosed {
			part["additionalProperties"] = true
		}
		for _, element := range part {
			openFreeObjects(element)
		}
	}
}

// addAllLimits adds the limits of fields to the schemas of messages and to the operations.
func addAllLimits(schemas, paths object) {
	for name, schema := range schemas {
		if message := messageNamed(name); message != nil {
			addLimitsToSchema(schema.(object), string(message.Name()))
		}
	}
	for _, route := range newRouteTable() {
		if route.rpc != nil {
			item := paths[strings.Replace(route.template, "{tool.", "{", 1)].(object)
			addLimitsToOperation(item[strings.ToLower(route.method)].(object), string(route.rpc.Input().Name()))
		}
	}
}

// addLimits adds the limits of a field to its schema.
func addLimits(schema object, message, field string) {
	limit := fieldLimits[message+"."+field]
	isRequest := message == "Path" || strings.HasSuffix(message, "Request") || strings.HasSuffix(message, "Options")
	if limit == nil && isRequest {
		limit = fieldLimits["Request."+field]
	}
	for keyword, value := range limit {
		if items, ok := value.(object); ok {
			maps.Copy(schema[keyword].(object), items)
		} else {
			schema[keyword] = value
		}
	}
}

// addLimitsToSchema adds them to the properties of the schema of a message.
func addLimitsToSchema(schema object, message string) {
	properties, _ := schema["properties"].(object)
	for field, property := range properties {
		addLimits(property.(object), message, field)
	}
}

// addLimitsToOperation adds them to the parameters, and to the body if no component describes it.
func addLimitsToOperation(operation object, request string) {
	parameters, _ := operation["parameters"].([]any)
	for _, parameter := range parameters {
		parameter := parameter.(object)
		message := map[string]string{"path": "Path", "query": request}[parameter["in"].(string)]
		addLimits(parameter["schema"].(object), message, parameter["name"].(string))
	}
	if body, ok := operation["requestBody"].(object); ok {
		for _, content := range body["content"].(object) {
			addLimitsToSchema(content.(object)["schema"].(object), request)
		}
	}
}
