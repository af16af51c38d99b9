package main

import (
	"fmt"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
)

const statusSchema = "google.rpc.Status"

// openAPIInfo says what the document is about, and what its texts take for granted.
func openAPIInfo(version string) object {
	return object{
		"title":       "Tool Catalog",
		"version":     version,
		"description": introduction + "\n\n" + statusTable(),
	}
}

const introduction = `Keeps the definitions of tools, with every version and every change of them, and serves them to pipelines.

- Names of fields and parameters are spelled as here. A name that a call does not know is refused with 400.
- 64-bit integers (revisions, event ids, sizes in bytes) are JSON strings, for a JSON number is exact only up to 2^53.
- Timestamps are RFC 3339 texts in UTC.
- An answer leaves out objects and optional fields that are not set. All other fields are there, also empty ones. Further
  fields may be added.
- PUT does what PATCH does: it changes the fields that the body names. A field that is null there is cleared.
- A stream answers one JSON object a line: ` + "`{\"result\": ...}`" + `, or, as its last line, ` + "`{\"error\": ...}`" + `.

Every error has the same body, with gRPC's ` + "`code`" + ` as a number. Decide by the ` + "`reason`" + ` in ` + "`details`" + `; the words of
` + "`message`" + ` may change. The descriptions below call errors by the names of gRPC's codes. These are their HTTP statuses:`

// statusTable lists how gRPC's codes become HTTP statuses.
func statusTable() string {
	lines := []string{"| name | `code` | HTTP status |", "| --- | --- | --- |"}
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		note := ""
		if code == codes.Aborted {
			note = "; 412 with the reason ETAG_MISMATCH"
		}
		lines = append(lines, fmt.Sprintf("| %s | %d | %d%s |", rpccode.Code(code), code, runtime.HTTPStatusFromCode(code), note))
	}
	return strings.Join(lines, "\n")
}

// errorSchema is the body of every error.
func errorSchema() object {
	text := func(description string) object { return object{"type": "string", "description": description} }
	violation := object{"type": "object", "additionalProperties": true, "properties": object{
		"field":       text("Path of the field or the parameter."),
		"description": text("The rule that it breaks."),
	}}
	detail := object{
		"type": "object", "required": []any{"@type"}, "additionalProperties": true,
		"description": "A `google.rpc.ErrorInfo` (reason, domain, metadata), a `google.rpc.BadRequest` (field_violations), " +
			"or a detail of another type.",
		"properties": object{
			"@type":  text("The type of the detail, as a URL."),
			"reason": text("Why the call failed, for programs: a constant in upper case."),
			"domain": text("Whose reason it is: \"toolcatalog\"."),
			"metadata": object{"type": "object", "additionalProperties": object{"type": "string"},
				"description": "What a program can use, for example `outcome` or `current_revision`."},
			"field_violations": object{"type": "array", "items": violation,
				"description": "The fields that break a rule."},
		},
	}
	return object{
		"type": "object", "required": []any{"code", "message", "details"},
		"description": "An error.",
		"properties": object{
			"code":    object{"type": "integer", "format": "int32", "description": "The code of gRPC."},
			"message": text("What is wrong, for people."),
			"details": object{"type": "array", "items": detail, "description": "What is wrong, for programs."},
		},
		"examples": []any{object{
			"code": int(codes.NotFound), "message": "tool \"grpe\" does not exist",
			"details": []any{object{
				"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "TOOL_NOT_FOUND", "domain": errorDomain,
				"metadata": object{"tool_name": "grpe", "as_of_revision": "7"},
			}},
		}},
	}
}
