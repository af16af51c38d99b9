package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails" // links the types that details of errors have
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// checkMessageSize refuses what the services would refuse, with the status of a body that is too large.
func checkMessageSize(request any) error {
	message, ok := request.(proto.Message)
	if !ok {
		return nil
	}
	if size := proto.Size(message); size > maxRequestBytes {
		return refuse(bodyTooLarge, "body: must be at most %d bytes as a message, got %d", maxRequestBytes, size)
	}
	return nil
}

// fail answers an error that the gateway itself found.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	_, marshaler := runtime.MarshalerForRequest(a.mux, r)
	a.answerError(r.Context(), a.mux, marshaler, w, r, err)
}

// answerError answers {code, message, details} with the HTTP status that fits.
func (a *api) answerError(_ context.Context, _ *runtime.ServeMux, marshaler runtime.Marshaler, w http.ResponseWriter,
	r *http.Request, err error) {
	err = ownRefusal(r, err)
	httpStatus, body := httpStatusOf(err), completeStatus(err)
	text, unwritable := marshaler.Marshal(body)
	if unwritable != nil {
		a.log.Error("cannot write an error as JSON", "error", unwritable.Error())
		text, _ = marshaler.Marshal(completeStatus(refuse(internalFault, "the error cannot be written as JSON")))
	}
	var refused *refusal
	own := errors.As(err, &refused)
	// The listener tells of too many connections, once.
	if httpStatus >= http.StatusInternalServerError && !(own && refused.reason == tooManyConnections) {
		a.log.Warn("call failed", "request_id", r.Header.Get(requestIDHeader), "status", httpStatus, "error", body.Message)
	}
	w.Header().Del("Transfer-Encoding")
	w.Header().Set("Content-Type", "application/json")
	if httpStatus == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", webhookChallenge)
	}
	if seconds := retryAfter(err, httpStatus); seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	w.WriteHeader(httpStatus)
	w.Write(text)
}

// retryAfter is after how many seconds the same request may succeed; 0 = that is not known. A service that is away is
// started again. What a service is short of, queues, streams and memory, others give back soon. A number of hooks is no
// such thing.
func retryAfter(err error, httpStatus int) int {
	var refused *refusal
	if errors.As(err, &refused) {
		return reasons[refused.reason].retryAfter
	}
	switch {
	case httpStatus == http.StatusServiceUnavailable:
		return 1
	case httpStatus == http.StatusTooManyRequests && reasonOf(status.Convert(err)) != "HOOK_LIMIT":
		return 1
	}
	return 0
}

// ownRefusal is the refusal that the generated code wrapped in a text of its own, or err. A write that the gateway refuses
// was not executed.
func ownRefusal(r *http.Request, err error) error {
	if body, ok := r.Body.(*requestBody); ok && body.refused != nil {
		err = body.refused
	}
	var refused *refusal
	if route, ok := routeOf(r.Context()); ok && errors.As(err, &refused) && refused.metadata["outcome"] == "" &&
		route.rpc != nil && mutations[fullMethod(route.rpc)] {
		return refused.with("outcome", notExecuted)
	}
	return err
}

// answerRoutingError answers for the few requests that the mux refuses although the path and method are right.
func (a *api) answerRoutingError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter,
	r *http.Request, httpStatus int) {
	if httpStatus == http.StatusBadRequest {
		a.fail(w, r, refuse(invalidPath, "path: %q cannot be read", r.URL.Path))
		return
	}
	a.fail(w, r, refuse(routeNotFound, "path: there is no %q", r.URL.Path))
}

// streamStatus is the error that a stream's last line tells.
func streamStatus(ctx context.Context, err error) *status.Status {
	if terms, ok := ctx.Value(termsKey{}).(terms); ok {
		*terms.failed = true
	}
	return status.FromProto(completeStatus(err))
}

func httpStatusOf(err error) int {
	var refused *refusal
	if errors.As(err, &refused) {
		return reasons[refused.reason].httpStatus
	}
	var known *runtime.HTTPStatusError
	if errors.As(err, &known) {
		return known.HTTPStatus
	}
	s := status.Convert(err)
	if s.Code() == codes.Aborted && reasonOf(s) == "ETAG_MISMATCH" {
		return http.StatusPreconditionFailed
	}
	return runtime.HTTPStatusFromCode(s.Code())
}

func reasonOf(s *status.Status) string { return errorInfoOf(s).GetReason() }

// errorInfoOf is nil where the service gave no reason.
func errorInfoOf(s *status.Status) *errdetails.ErrorInfo {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info
		}
	}
	return nil
}

// completeStatus is the status with a reason in any case: where the service gave none, gRPC's code is all that is known.
// It leaves out details of types that this program does not know: JSON cannot show them.
func completeStatus(err error) *spb.Status {
	var known *runtime.HTTPStatusError
	if errors.As(err, &known) {
		err = known.Err
	}
	s := status.Convert(err)
	body := s.Proto()
	var details []*anypb.Any
	for _, detail := range body.Details {
		if _, err := detail.UnmarshalNew(); err == nil {
			details = append(details, detail)
		}
	}
	if reasonOf(s) == "" {
		if detail, err := anypb.New(&errdetails.ErrorInfo{Reason: reasonOfCode(s.Code()), Domain: errorDomain}); err == nil {
			details = append(details, detail)
		}
	}
	body.Details = details
	return body
}

func reasonOfCode(code codes.Code) string {
	switch code {
	case codes.Unavailable:
		return reasons[serviceUnavailable].name
	case codes.Internal:
		return reasons[internalFault].name
	}
	return rpccode.Code(code).String()
}
