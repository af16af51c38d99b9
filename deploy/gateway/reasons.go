package main

import (
	"fmt"
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
)

// errorDomain is that of the reasons, as AIP-193 wants it.
const errorDomain = "toolcatalog"

// reason is why the gateway itself refuses or fails a call.
type reason int

const (
	crossOrigin reason = iota
	hostNotAllowed
	invalidPath
	routeNotFound
	methodNotAllowed
	invalidHeader
	invalidQuery
	unknownParameter
	invalidParameter
	unsupportedMediaType
	bodyTooLarge
	bodyTooSlow
	bodyIncomplete
	memoryExhausted
	tooManyConnections
	invalidJSON
	unknownField
	invalidField
	answerTooLarge
	serviceUnavailable
	gatewayStopping
	deadlineExceeded
	internalFault
)

// reasons has all of them: the name in `google.rpc.ErrorInfo`, gRPC's code, the HTTP status, and after how many seconds it
// makes sense to try again (0 = that does not help). The last field is the meaning, for whoever looks a name up.
var reasons = [...]struct {
	name       string
	code       codes.Code
	httpStatus int
	retryAfter int
	meaning    string
}{
	crossOrigin: {"CROSS_ORIGIN", codes.PermissionDenied, http.StatusForbidden, 0,
		"A web page of another origin made a browser send a call that may change something."},
	hostNotAllowed: {"HOST_NOT_ALLOWED", codes.PermissionDenied, http.StatusForbidden, 0,
		"The header Host names a host that this gateway is not to be reached as."},
	invalidPath: {"INVALID_PATH", codes.InvalidArgument, http.StatusBadRequest, 0,
		"The path is not UTF-8 or has a broken escape."},
	routeNotFound: {"ROUTE_NOT_FOUND", codes.NotFound, http.StatusNotFound, 0,
		"The API has no such path."},
	methodNotAllowed: {"METHOD_NOT_ALLOWED", codes.Unimplemented, http.StatusMethodNotAllowed, 0,
		"The path does not take the method; the header Allow has those that it takes."},
	invalidHeader: {"INVALID_HEADER", codes.InvalidArgument, http.StatusBadRequest, 0,
		"A header has a value that it cannot have, or the call does not take it."},
	invalidQuery: {"INVALID_QUERY", codes.InvalidArgument, http.StatusBadRequest, 0,
		"The query cannot be read: it has a broken escape, or a name that is not UTF-8."},
	unknownParameter: {"UNKNOWN_PARAMETER", codes.InvalidArgument, http.StatusBadRequest, 0,
		"The call has no query parameter of that name."},
	invalidParameter: {"INVALID_PARAMETER", codes.InvalidArgument, http.StatusBadRequest, 0,
		"A query parameter has a value that it cannot have, or is given too often."},
	unsupportedMediaType: {"UNSUPPORTED_MEDIA_TYPE", codes.InvalidArgument, http.StatusUnsupportedMediaType, 0,
		"The call takes a body of another type than the header Content-Type says, or it is compressed."},
	bodyTooLarge: {"BODY_TOO_LARGE", codes.ResourceExhausted, http.StatusRequestEntityTooLarge, 0,
		"The body, or a text in it, is larger than the call takes."},
	bodyTooSlow: {"BODY_TOO_SLOW", codes.DeadlineExceeded, http.StatusRequestTimeout, 0,
		"The body did not arrive in the time that it has."},
	bodyIncomplete: {"BODY_INCOMPLETE", codes.InvalidArgument, http.StatusBadRequest, 0,
		"The body ended before its promised length, or is not encoded as its headers say."},
	memoryExhausted: {"MEMORY_BUDGET_EXHAUSTED", codes.ResourceExhausted, http.StatusTooManyRequests, 2,
		"The calls in flight hold all the memory that they may; this one would need more."},
	tooManyConnections: {"TOO_MANY_CONNECTIONS", codes.Unavailable, http.StatusServiceUnavailable, 2,
		"The gateway has as many connections open as it may."},
	invalidJSON: {"INVALID_JSON", codes.InvalidArgument, http.StatusBadRequest, 0,
		"The body is not JSON, not UTF-8, or nested too deeply."},
	unknownField: {"UNKNOWN_FIELD", codes.InvalidArgument, http.StatusBadRequest, 0,
		"The body has a field that the call does not know."},
	invalidField: {"INVALID_FIELD", codes.InvalidArgument, http.StatusBadRequest, 0,
		"A field has a value that it cannot have."},
	answerTooLarge: {"ANSWER_TOO_LARGE", codes.ResourceExhausted, http.StatusTooManyRequests, 0,
		"The service's answer is larger than the gateway can hold; ask for less at once, or for a stream."},
	serviceUnavailable: {"SERVICE_UNAVAILABLE", codes.Unavailable, http.StatusServiceUnavailable, 1,
		"The service is not reachable, or went away before it answered."},
	gatewayStopping: {"GATEWAY_STOPPING", codes.Unavailable, http.StatusServiceUnavailable, 1,
		"The gateway is shutting down; a stream can be resumed elsewhere."},
	deadlineExceeded: {"DEADLINE_EXCEEDED", codes.DeadlineExceeded, http.StatusGatewayTimeout, 0,
		"The service did not answer before the call's deadline."},
	internalFault: {"INTERNAL_ERROR", codes.Internal, http.StatusInternalServerError, 0,
		"The server has a fault; its log has the cause."},
}

// refusal is an error that the gateway itself makes. Nothing else makes one, so that each has a reason.
type refusal struct {
	reason     reason
	message    string
	violations []*errdetails.BadRequest_FieldViolation
	metadata   map[string]string
}

func refuse(reason reason, format string, args ...any) *refusal {
	return &refusal{reason: reason, message: fmt.Sprintf(format, args...)}
}

// about names the field, parameter or header that breaks a rule.
func (r *refusal) about(field, rule string) *refusal {
	r.violations = append(r.violations, &errdetails.BadRequest_FieldViolation{Field: field, Description: rule})
	return r
}

// with adds metadata to the ErrorInfo.
func (r *refusal) with(key, value string) *refusal {
	if r.metadata == nil {
		r.metadata = map[string]string{}
	}
	r.metadata[key] = value
	return r
}

func (r *refusal) Error() string { return r.message }

// GRPCStatus makes gRPC's own functions see the refusal as a status.
func (r *refusal) GRPCStatus() *status.Status {
	s := status.New(reasons[r.reason].code, r.message)
	details := []protoadapt.MessageV1{
		&errdetails.ErrorInfo{Reason: reasons[r.reason].name, Domain: errorDomain, Metadata: r.metadata},
	}
	if len(r.violations) > 0 {
		details = append(details, &errdetails.BadRequest{FieldViolations: r.violations})
	}
	if detailed, err := s.WithDetails(details...); err == nil {
		return detailed
	}
	return s
}
