package main

import (
	"regexp"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	updateTemplate  = "/api/v1/tools/{tool.tool_name}"
	webhookTemplate = "/api/v1/tools/reload/webhook"
	importTemplate  = "/api/v1/import"
	healthTemplate  = "/api/v1/tools/health"
	readyTemplate   = "/readyz"
	liveTemplate    = "/livez"
	openAPITemplate = "/openapi.json"
)

// route is one HTTP method and path of the API.
type route struct {
	method   string
	template string
	// rpc is nil for the gateway's own handlers.
	rpc protoreflect.MethodDescriptor
	// parameters are those that the gateway itself takes.
	parameters []string
	// body is the request field that the HTTP body fills, "*" for all of the request, "" for none.
	body string
}

var pathVariable = regexp.MustCompile(`\{([^}=]+)(=[^}]*)?\}`)

// pathFields are the request's top-level fields that the path fills.
func (r route) pathFields() []string {
	var fields []string
	for _, match := range pathVariable.FindAllStringSubmatch(r.template, -1) {
		field, _, _ := strings.Cut(match[1], ".")
		fields = append(fields, field)
	}
	return fields
}

func (r route) literal() bool { return !strings.Contains(r.template, "{") }

// matches says whether the template covers the path's segments; no segment that is a variable may be empty.
func (r route) matches(segments []string) bool {
	return slices.EqualFunc(strings.Split(r.template, "/"), segments, func(template, segment string) bool {
		return template == segment || strings.HasPrefix(template, "{") && segment != ""
	})
}

// routeTable holds all routes. Which of several matching routes serves a request is the grpc-gateway mux's decision.
type routeTable []route

// newRouteTable reads the routes from the protos' annotations and adds the gateway's own.
func newRouteTable() routeTable {
	table := routeTable{
		{method: "GET", template: healthTemplate},
		{method: "GET", template: readyTemplate, parameters: []string{serviceParameter}},
		{method: "GET", template: liveTemplate},
		{method: "GET", template: openAPITemplate},
	}
	for _, file := range protoFiles {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				table = append(table, routesOf(methods.Get(j))...)
			}
		}
	}
	return table
}

func routesOf(rpc protoreflect.MethodDescriptor) []route {
	rule, _ := proto.GetExtension(rpc.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return nil
	}
	var routes []route
	for _, binding := range append([]*annotations.HttpRule{rule}, rule.AdditionalBindings...) {
		r := route{rpc: rpc, body: binding.Body}
		if r.streamsText() {
			r.parameters = []string{formatParameter}
		}
		switch pattern := binding.Pattern.(type) {
		case *annotations.HttpRule_Get:
			r.method, r.template = "GET", pattern.Get
		case *annotations.HttpRule_Put:
			r.method, r.template = "PUT", pattern.Put
		case *annotations.HttpRule_Post:
			r.method, r.template = "POST", pattern.Post
		case *annotations.HttpRule_Delete:
			r.method, r.template = "DELETE", pattern.Delete
		case *annotations.HttpRule_Patch:
			r.method, r.template = "PATCH", pattern.Patch
		}
		routes = append(routes, r)
	}
	return routes
}

// find returns the route of a pattern as the mux prints it, in which "{name}" reads "{name=*}".
func (t routeTable) find(method, pattern string) (route, bool) {
	for _, r := range t {
		if r.method == method && pathVariable.ReplaceAllString(r.template, "{$1=*}") == pattern {
			return r, true
		}
	}
	return route{}, false
}

// methods are the HTTP methods that the path takes, sorted; none if there is no such path. A path that is spelled out
// in a template takes the methods of such templates only: "reload" is never a tool's name.
func (t routeTable) methods(segments []string) []string {
	var literal, variable []string
	for _, r := range t {
		switch {
		case !r.matches(segments):
		case r.literal():
			literal = append(literal, r.method)
		case r.template == updateTemplate:
			variable = append(variable, r.method, "PUT")
		default:
			variable = append(variable, r.method)
		}
	}
	methods := variable
	if literal != nil {
		methods = literal
	}
	if methods == nil {
		return nil
	}
	slices.Sort(methods)
	return withCommon(slices.Compact(methods))
}

// takePut says whether a template names PUT for the path; where none does, PUT means PATCH.
func (t routeTable) takePut(segments []string) bool {
	return slices.ContainsFunc(t, func(r route) bool { return r.method == "PUT" && r.matches(segments) })
}
