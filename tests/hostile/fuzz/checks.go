package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

// reasons are the reasons of errors with their codes, such as TOOL_NOT_FOUND with NOT_FOUND.
type reasons map[string]string

var reasonRow = regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| ([A-Z_]+) \\|")

// readReasons reads the tables of docs/errors.md.
func readReasons(file string) (reasons, error) {
	page, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all := reasons{}
	for _, row := range reasonRow.FindAllStringSubmatch(string(page), -1) {
		all[row[1]] = row[2]
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no table of reasons", file)
	}
	return all, nil
}

var codeNames = map[codes.Code]string{
	codes.InvalidArgument: "INVALID_ARGUMENT", codes.NotFound: "NOT_FOUND", codes.AlreadyExists: "ALREADY_EXISTS",
	codes.PermissionDenied: "PERMISSION_DENIED", codes.Unauthenticated: "UNAUTHENTICATED", codes.OutOfRange: "OUT_OF_RANGE",
	codes.ResourceExhausted: "RESOURCE_EXHAUSTED", codes.FailedPrecondition: "FAILED_PRECONDITION",
	codes.Aborted: "ABORTED", codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.Unimplemented: "UNIMPLEMENTED",
}

// largestMessage is what a server takes. gRPC itself refuses a larger one, without details.
const largestMessage = 4 << 20

// verdict says what is wrong with an error; "" if nothing is. What no request may cause has no name in `codeNames`.
func (r reasons) verdict(sent input, err error) string {
	if err == nil {
		return ""
	}
	s := status.Convert(err)
	code, allowed := codeNames[s.Code()]
	if !allowed {
		return "a request must not cause: " + err.Error()
	}
	if s.Code() == codes.ResourceExhausted && isTooLarge(sent) {
		return ""
	}
	info := errorInfo(s)
	switch {
	case info == nil:
		return "no ErrorInfo: " + err.Error()
	case info.Domain != "toolcatalog":
		return "wrong domain " + info.Domain + ": " + err.Error()
	case r[info.Reason] == "":
		return "docs/errors.md does not know " + info.Reason + ": " + err.Error()
	case r[info.Reason] != code:
		return fmt.Sprintf("docs/errors.md gives %s another code: %v", info.Reason, err)
	}
	return ""
}

func isTooLarge(sent input) bool {
	for _, message := range sent.messages {
		if len(message) > largestMessage {
			return true
		}
	}
	return false
}

func errorInfo(s *status.Status) *errdetails.ErrorInfo {
	for _, detail := range s.Details() {
		if info, is := detail.(*errdetails.ErrorInfo); is {
			return info
		}
	}
	return nil
}

// differs says how two answers to one request differ; "" if they are alike.
func differs(m method, first, second outcome) string {
	one, two := status.Convert(first.err), status.Convert(second.err)
	switch {
	case one.Code() != two.Code(), errorInfo(one).GetReason() != errorInfo(two).GetReason():
		return fmt.Sprintf("repeated, it is answered %v, before %v", second.err, first.err)
	case !bytes.Equal(first.answer, second.answer) && !proto.Equal(m.decode(first), m.decode(second)):
		return "repeated, it is answered by another message"
	}
	return ""
}

// decode answers the message of an outcome. Entries of maps come in any order, so that equal messages may differ as bytes.
func (m method) decode(o outcome) proto.Message {
	answer := dynamicpb.NewMessage(m.descriptor.Output())
	if err := proto.Unmarshal(o.answer, answer); err != nil {
		return nil
	}
	return answer
}

// checkHealth says which server is not SERVING; "" if all are.
func checkHealth(servers []*grpc.ClientConn) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, server := range servers {
		health, err := grpc_health_v1.NewHealthClient(server).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
		if err != nil || health.Status != grpc_health_v1.HealthCheckResponse_SERVING {
			return fmt.Sprintf("%s is not healthy: %v %v", server.Target(), health.GetStatus(), err)
		}
	}
	return ""
}

// checkAlive says which process is gone; "" if none is.
func checkAlive(pids []string) string {
	for _, pid := range pids {
		status, err := os.ReadFile("/proc/" + pid + "/status")
		if err != nil || strings.Contains(string(status), "State:\tZ") {
			return "process " + pid + " has died"
		}
	}
	return ""
}
