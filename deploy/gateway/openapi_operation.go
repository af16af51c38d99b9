package main

import (
	"maps"
	"strconv"
	"strings"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// completeOperation gives a generated operation its real responses, headers and optional body.
func completeOperation(operation object, route route) {
	input := route.rpc.Input()
	operation["operationId"] = operationID(route)
	responses := operation["responses"].(object)
	completeSuccess(responses, route)
	for _, code := range errorCodes(route) {
		responses[strconv.Itoa(code)] = object{
			"description": errorMeaning[code],
			"content":     jsonContent(object{"$ref": schemaReference(statusSchema)}),
		}
	}
	responses["default"].(object)["description"] = "Another error."
	if body, ok := operation["requestBody"].(object); ok {
		body["required"] = needsBody(route)
		schema := body["content"].(object)["application/json"].(object)["schema"].(object)
		if schema["$ref"] == nil { // the schema of this body alone
			schema["additionalProperties"] = false
		}
		if schema["$ref"] == schemaReference(toolSchema) && route.rpc.Name() != "CreateTool" {
			schema["$ref"] = schemaReference(partialToolSchema)
		}
	}
	if route.takesRaw() {
		operation["requestBody"] = webhookBody()
	}
	if route.takesText() {
		operation["requestBody"] = textBodySchema()
	}
	parameters := realParameters(operation, route)
	if queryWithBody[route.template] {
		for i := range input.Fields().Len() {
			parameters = append(parameters, stringParameter("query", string(input.Fields().Get(i).Name()),
				"The field of the same name in the body."))
		}
	}
	if route.takesText() {
		parameters = append(parameters, importParameters()...)
	}
	if route.streamsText() {
		parameter := stringParameter("query", formatParameter, "yaml: the text itself, as with `Accept: application/yaml`.")
		parameter["schema"] = object{"type": "string", "enum": []string{"yaml"}}
		parameters = append(parameters, parameter)
	}
	if route.takesRaw() {
		for _, header := range webhookHeaders {
			parameter := stringParameter("header", header.name, header.description)
			parameter["required"] = true
			parameters = append(parameters, parameter)
		}
	}
	if hearsActor(route) {
		parameters = append(parameters, stringParameter("header", actorHeader, "Who calls, in UTF-8, unless the body says so."))
	}
	if conditional(route) {
		parameters = append(parameters, stringParameter("header", "If-Match", "Refuse with 412 unless an ETag matches."))
	}
	if route.reads() {
		parameters = append(parameters, stringParameter("header", "If-None-Match", "Answer 304 if an ETag matches."))
	}
	if len(parameters) > 0 {
		operation["parameters"] = parameters
	}
}

func schemaReference(name string) string { return "#/components/schemas/" + name }

// realParameters are the generated ones that the gateway takes, with maps as OpenAPI describes them.
func realParameters(operation object, route route) []any {
	generated, _ := operation["parameters"].([]any)
	var parameters []any
	for _, p := range generated {
		parameter := p.(object)
		name := parameter["name"].(string)
		if field, _, isMap := strings.Cut(name, "["); isMap {
			name = field
			parameter["name"], parameter["style"], parameter["explode"] = field, "deepObject", true
			parameter["schema"] = object{
				"type": "object", "additionalProperties": parameter["schema"], "maxProperties": maxEntries,
			}
		}
		// The generator also offers the fields of messages within the request.
		if parameter["in"] == "path" || !strings.Contains(name, ".") {
			parameters = append(parameters, parameter)
		}
	}
	return parameters
}

// hearsActor says whether it matters who calls: for writes, and for what the reload service is told to do.
func hearsActor(route route) bool {
	return mutations[fullMethod(route.rpc)] || route.rpc.Name() == "TriggerReload"
}

func stringParameter(in, name, description string) object {
	return object{"in": in, "name": name, "description": description, "schema": object{"type": "string"}}
}

// completeSuccess moves the generated 200 to the status that the gateway answers.
func completeSuccess(responses object, route route) {
	success := responses["200"].(object)
	success["description"] = "The call succeeded."
	switch {
	case answersTool(route):
		success["headers"] = toolHeaders()
	case route.reads():
		success["headers"] = object{"ETag": header("A weak tag of this answer.")}
	}
	if mutations[fullMethod(route.rpc)] && !route.takesImport() {
		headers, _ := success["headers"].(object)
		if headers == nil {
			headers = object{}
			success["headers"] = headers
		}
		headers[revisionHeader] = object{
			"description": "The global revision at which the write is visible.", "schema": object{"type": "string"},
		}
	}
	if route.rpc.IsStreamingServer() {
		success["description"] = "One JSON object a line."
		content := success["content"].(object)
		content[marshaler{}.StreamContentType(nil)] = content["application/json"]
		delete(content, "application/json")
		if route.streamsText() {
			success["description"] = "One JSON object a line, or the text itself for who asks for YAML."
			content[yamlTypes[0]] = object{"schema": object{"type": "string"}}
		}
	}
	if route.reads() {
		responses["304"] = object{"description": "The answer still has an ETag of If-None-Match."}
	}
	code, ok := successStatus[fullMethod(route.rpc)]
	if !ok {
		return
	}
	delete(responses, "200")
	responses[strconv.Itoa(code)] = success
	if code == 201 {
		checked := maps.Clone(success)
		checked["description"] = "With `validate_only`: the tool as it would be; nothing was stored."
		responses["200"] = checked
	}
	if code == 204 {
		delete(success, "content")
	}
}

func header(description string) object {
	return object{"description": description, "schema": object{"type": "string"}}
}

func toolHeaders() object {
	return object{
		"ETag": header("The tool's `etag`, quoted."),
		"Deprecation": header("Since when the tool is known to be deprecated: its last update, as @ and unix seconds (RFC 9745). " +
			"Only of deprecated tools."),
		"Sunset": header("When a deprecated tool ends to work, if that is known (RFC 8594)."),
		"Link":   header("The tool to use instead of a deprecated one, as `successor-version`, if there is one."),
	}
}

// answersTool says whether the answer's body is one tool, which has an ETag.
func answersTool(route route) bool {
	return route.rpc.Output().FullName() == (&pb.Tool{}).ProtoReflect().Descriptor().FullName() ||
		route.rpc.Name() == "GetTool"
}

// conditional says whether the call can demand an etag: in its own field, or in the tool of an update.
func conditional(route route) bool {
	return route.rpc.Input().Fields().ByName("etag") != nil || route.template == updateTemplate
}

var errorMeaning = map[int]string{
	400: "The request breaks a rule; the message names the field and the rule.",
	401: "The signature is of no configured secret, or the timestamp is not of now.",
	403: "A web page of another origin asks for a change, or the Host is not one of this gateway's.",
	404: "There is no such tool, version or hook.",
	408: "The body did not arrive in time.",
	409: "It exists already, or the call lost against another one; try again.",
	412: "The tool has another etag than the request demands.",
	413: "The body is too large.",
	415: "The body is of another type than the call takes, or compressed.",
	429: "The service or the gateway is at its limit; try again later, after Retry-After if there is one.",
	503: "The service is not reachable or is shutting down; try again later.",
	504: "The deadline passed.",
}

func errorCodes(route route) []int {
	codes := []int{400, 403, 429, 503, 504}
	if route.takesRaw() {
		codes = append(codes, 401, 409)
	}
	if strings.Contains(route.template, "name}") {
		codes = append(codes, 404)
	}
	if conditional(route) {
		codes = append(codes, 409, 412)
	}
	if route.rpc.Name() == "CreateTool" || route.rpc.Name() == "CreateHook" {
		codes = append(codes, 409)
	}
	if route.body != "" {
		codes = append(codes, 408, 413, 415)
	}
	return codes
}

// needsBody says whether an empty body is refused.
func needsBody(route route) bool {
	switch route.rpc.Name() {
	case "ImportTools", "PromoteToolVersion", "RollbackTool":
		return true
	}
	return route.body == "tool" || route.body == "hook"
}
