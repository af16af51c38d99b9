package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails" // links the types that details of errors have
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func tooLarge(format string, args ...any) error {
	return &runtime.HTTPStatusError{
		HTTPStatus: http.StatusRequestEntityTooLarge,
		Err:        status.Errorf(codes.ResourceExhausted, format, args...),
	}
}

func tooSlow(format string, args ...any) error {
	return &runtime.HTTPStatusError{
		HTTPStatus: http.StatusRequestTimeout,
		Err:        status.Errorf(codes.DeadlineExceeded, format, args...),
	}
}

func noSuchPath(path string) error {
	return status.Errorf(codes.NotFound, "path: there is no %q", path)
}

func wrongMethod(method string, allowed []string) error {
	return &runtime.HTTPStatusError{
		HTTPStatus: http.StatusMethodNotAllowed,
		Err: status.Errorf(codes.Unimplemented, "method: must be one of %s, got %s", strings.Join(allowed, ", "),
			method),
	}
}

// checkMessageSize refuses what the services would refuse, with the status of a body that is too large.
func checkMessageSize(request any) error {
	message, ok := request.(proto.Message)
	if !ok {
		return nil
	}
	if size := proto.Size(message); size > maxMessageBytes {
		return tooLarge("body: must be at most %d bytes as a message, got %d", maxMessageBytes, size)
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
	httpStatus := httpStatusOf(err)
	body := readableStatus(err)
	text, err := marshaler.Marshal(body)
	if err != nil {
		a.log.Error("cannot write an error as JSON", "error", err.Error())
		text = fmt.Appendf(nil, `{"code":%d,"message":"the error cannot be written as JSON","details":[]}`, codes.Internal)
	}
	if httpStatus >= http.StatusInternalServerError {
		a.log.Warn("call failed", "request_id", r.Header.Get(requestIDHeader), "status", httpStatus, "error", body.Message)
	}
	w.Header().Del("Transfer-Encoding")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(httpStatus)
	w.Write(text)
}

// answerRoutingError answers for the few requests that the mux refuses although the path and method are right.
func (a *api) answerRoutingError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter,
	r *http.Request, httpStatus int) {
	a.fail(w, r, &runtime.HTTPStatusError{HTTPStatus: httpStatus, Err: noSuchPath(r.URL.Path)})
}

func httpStatusOf(err error) int {
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

func reasonOf(s *status.Status) string {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.Reason
		}
	}
	return ""
}

// readableStatus is the status without details of types that this program does not know: JSON cannot show them.
func readableStatus(err error) *spb.Status {
	var known *runtime.HTTPStatusError
	if errors.As(err, &known) {
		err = known.Err
	}
	s := status.Convert(err).Proto()
	var details []*anypb.Any
	for _, detail := range s.Details {
		if _, err := detail.UnmarshalNew(); err == nil {
			details = append(details, detail)
		}
	}
	s.Details = details
	return s
}
