package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
)

// One generated document for each proto file with a service.
//
//go:embed gen/toolcatalog/v1/*.openapi.json
var generatedDocuments embed.FS

type object = map[string]any

func openAPIHandler() (runtime.HandlerFunc, error) {
	document, err := openAPIDocument(version)
	if err != nil {
		return nil, fmt.Errorf("OpenAPI document: %w", err)
	}
	return func(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(document)
	}, nil
}

// openAPIDocument joins the generated documents and corrects what the generator cannot know: proto names, status codes,
// headers, PUT, and the gateway's own paths.
func openAPIDocument(version string) ([]byte, error) {
	names, err := fs.Glob(generatedDocuments, "gen/toolcatalog/v1/*.json")
	if err != nil {
		return nil, err
	}
	paths, schemas, tags := object{}, object{}, []any{}
	for _, name := range names {
		text, err := generatedDocuments.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var part struct {
			Paths      object
			Components struct{ Schemas object }
			Tags       []any
		}
		if err := json.Unmarshal(text, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		maps.Copy(paths, part.Paths)
		maps.Copy(schemas, part.Components.Schemas)
		tags = append(tags, part.Tags...)
	}
	for _, route := range newRouteTable() {
		if route.rpc == nil {
			continue
		}
		item, _ := paths[route.template].(object)
		operation, ok := item[strings.ToLower(route.method)].(object)
		if !ok {
			return nil, fmt.Errorf("no operation for %s %s", route.method, route.template)
		}
		completeOperation(operation, route)
	}
	addPut(paths)
	paths[healthTemplate] = healthPath()
	paths[readyTemplate] = readyPath()
	paths[liveTemplate] = livePath()
	paths[openAPITemplate] = documentPath()
	schemas[statusSchema] = errorSchema()
	simplifyUnions(schemas)
	document := object{
		"openapi":    "3.1.0",
		"info":       openAPIInfo(version),
		"servers":    []any{object{"url": "/", "description": "The gateway that serves this document."}},
		"paths":      paths,
		"components": object{"schemas": schemas},
		"tags":       append(tags, object{"name": gatewayTag, "description": "What the gateway itself answers."}),
	}
	useProtoNames(document)
	addAllLimits(schemas, paths)
	schemas[partialToolSchema] = partialTool(schemas[toolSchema].(object))
	openFreeObjects(document)
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(document)
	return text.Bytes(), err
}

// A tool that a write stores has all required fields. One that only says what to change, or that is to be checked, may
// lack them.
const (
	toolSchema        = "toolcatalog.v1.Tool"
	partialToolSchema = "toolcatalog.v1.Tool.Partial"
)

// partialTool is the schema of such a tool.
func partialTool(tool object) object {
	partial, properties := maps.Clone(tool), object{}
	for field, schema := range tool["properties"].(object) {
		property := maps.Clone(schema.(object))
		delete(property, "default") // clients would send it, and so change the field
		properties[field] = property
	}
	partial["properties"] = properties
	delete(partial, "required")
	partial["description"] = "A tool of which any field may be left out."
	return partial
}

// addPut moves the update to the path item of the same shape, under PATCH and PUT.
func addPut(paths object) {
	patch := paths[updateTemplate].(object)["patch"].(object)
	delete(paths, updateTemplate)
	patch["parameters"].([]any)[0].(object)["name"] = "tool_name"
	put := maps.Clone(patch)
	put["operationId"] = "PutTool"
	item := paths["/api/v1/tools/{tool_name}"].(object)
	item["patch"], item["put"] = patch, put
}

// gatewayTag is that of operations that no service has a part in.
const gatewayTag = "Gateway"

func documentPath() object {
	return object{"get": object{
		"summary": "This document.", "operationId": "GetOpenAPI", "tags": []any{gatewayTag},
		"responses": object{"200": object{"description": "The document.", "content": jsonContent(object{"type": "object"})}},
	}}
}

func livePath() object {
	report := object{"type": "object", "properties": object{"status": object{"type": "string"}}}
	return object{"get": object{
		"summary": "Answers as long as the gateway itself lives.", "operationId": "GetLiveness", "tags": []any{gatewayTag},
		"responses": object{"200": object{"description": "It lives.", "content": jsonContent(report)}},
	}}
}

// readyPath is like the health path, and can ask one service only.
func readyPath() object {
	path := healthPath()
	operation := path["get"].(object)
	operation["operationId"] = "GetReadiness"
	operation["summary"] = "Asks both services for their health, or one; answers within a second."
	parameter := stringParameter("query", serviceParameter, "Ask this service only.")
	parameter["schema"] = object{"type": "string", "enum": []string{"catalog", "reload"}}
	operation["parameters"] = []any{parameter}
	return path
}

func healthPath() object {
	state := object{"type": "string", "enum": []string{"SERVING", "NOT_SERVING", "UNREACHABLE"}}
	report := object{"type": "object", "required": []string{"status", "services"}, "properties": object{
		"status": object{"type": "string", "enum": []string{"healthy", "unhealthy"}},
		"services": object{"type": "object",
			"properties": object{"catalog": state, "reload": state}},
	}}
	return object{"get": object{
		"summary":     "Asks both services for their health; answers within a second.",
		"operationId": "GetHealth",
		"tags":        []any{gatewayTag},
		"responses": object{
			"200": object{"description": "All that were asked serve.", "content": jsonContent(report)},
			"503": object{"description": "One of them does not.", "content": jsonContent(report)},
		},
	}}
}

func jsonContent(schema object) object { return object{"application/json": object{"schema": schema}} }
