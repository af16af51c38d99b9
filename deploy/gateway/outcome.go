package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

const (
	notExecuted    = "NOT_EXECUTED"
	outcomeUnknown = "OUTCOME_UNKNOWN"
)

// mutations are the methods that change the catalog, by full name. Whoever calls one must learn from an error whether
// the change can have happened.
var mutations = mutationsOf(newRouteTable())

func mutationsOf(table routeTable) map[string]bool {
	methods := map[string]bool{}
	for _, r := range table {
		if r.rpc != nil && takesRequestID(r.rpc.Input()) {
			methods[fullMethod(r.rpc)] = true
		}
	}
	return methods
}

// readOnly are the methods that change nothing, by full name: those that a GET reaches, and those that take a POST for
// the sake of their body.
var readOnly = readOnlyOf(newRouteTable())

func readOnlyOf(table routeTable) map[string]bool {
	methods := map[string]bool{
		pb.CatalogService_ExportTools_FullMethodName:  true,
		pb.CatalogService_ValidateTool_FullMethodName: true,
	}
	for _, r := range table {
		if r.rpc != nil && r.method == "GET" {
			methods[fullMethod(r.rpc)] = true
		}
	}
	return methods
}

// takesRequestID says whether the caller can name the request, itself or in its options: all writes can be named, and
// nothing else.
func takesRequestID(request protoreflect.MessageDescriptor) bool {
	options := request.Fields().ByName("options")
	return request.Fields().ByName("request_id") != nil ||
		options != nil && options.Message().Fields().ByName("request_id") != nil
}

// fullMethod is the method's name as gRPC puts it on the wire.
func fullMethod(rpc protoreflect.MethodDescriptor) string {
	return fmt.Sprintf("/%s/%s", rpc.Parent().FullName(), rpc.Name())
}

// progress is how far a call came. Statuses do not tell: gRPC makes one up for a connection that breaks.
type progress struct {
	// sent is set once the service can have received the call.
	sent atomic.Bool
	// answered is set once the service has begun to answer.
	answered atomic.Bool
	// ended is set once the service has ended the call itself, so that the status is its own.
	ended atomic.Bool
}

type progressKey struct{}

func withProgress(ctx context.Context) (context.Context, *progress) {
	p := &progress{}
	return context.WithValue(ctx, progressKey{}, p), p
}

// progressHandler notes the progress of calls whose context has one.
type progressHandler struct{}

func (progressHandler) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (progressHandler) HandleRPC(ctx context.Context, event stats.RPCStats) {
	p, ok := ctx.Value(progressKey{}).(*progress)
	if !ok {
		return
	}
	switch event.(type) {
	case *stats.OutHeader:
		p.sent.Store(true)
	case *stats.InHeader:
		p.answered.Store(true)
	case *stats.InTrailer:
		p.ended.Store(true)
	}
}

func (progressHandler) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (progressHandler) HandleConn(context.Context, stats.ConnStats) {}

// explain replaces the errors that gRPC makes up on this side, whose texts name inner addresses, by refusals that name
// the service; of a mutation they say whether it can have been executed. Errors of the service stay as they are, except
// that a mutation's UNAVAILABLE or DEADLINE_EXCEEDED without an outcome gets one.
func (b *backend) explain(method string, p *progress, err error) error {
	s := status.Convert(err)
	if s.Code() == codes.ResourceExhausted && len(s.Details()) == 0 && p.answered.Load() {
		return b.tooLarge()
	}
	own, known := madeHere[s.Code()]
	if !known {
		return err
	}
	refused := refuse(own, "%s", s.Message()).with("service", b.name)
	outcome := outcomeUnknown
	switch {
	case p.ended.Load():
		info := errorInfoOf(s)
		if info.GetMetadata()["outcome"] != "" || !mutations[method] {
			return err
		}
		if info != nil {
			return withOutcome(s, outcome)
		}
	case own == deadlineExceeded:
		refused.message = fmt.Sprintf("the %s service did not answer before the call's deadline", b.name)
	case p.sent.Load():
		refused.message = fmt.Sprintf("the %s service went away before it answered in full; try again later", b.name)
	default:
		refused.message = fmt.Sprintf("the %s service is not reachable; try again later", b.name)
	}
	if !p.sent.Load() {
		outcome = notExecuted
	}
	if mutations[method] {
		refused.with("outcome", outcome)
	}
	return refused
}

// tooLarge refuses an answer for which there is never room.
func (b *backend) tooLarge() error {
	return refuse(answerTooLarge, "the answer of the %s service is larger than the gateway can hold", b.name).
		with("service", b.name)
}

// withOutcome is the error with an outcome in its ErrorInfo, which has none yet.
func withOutcome(s *status.Status, outcome string) error {
	body := s.Proto()
	for i, detail := range body.Details {
		info := &errdetails.ErrorInfo{}
		if detail.UnmarshalTo(info) != nil {
			continue
		}
		if info.Metadata == nil {
			info.Metadata = map[string]string{}
		}
		info.Metadata["outcome"] = outcome
		if completed, err := anypb.New(info); err == nil {
			body.Details[i] = completed
		}
	}
	return status.FromProto(body).Err()
}

// madeHere are the codes of errors that gRPC makes up on this side, and why it does.
var madeHere = map[codes.Code]reason{
	codes.Unavailable:      serviceUnavailable,
	codes.DeadlineExceeded: deadlineExceeded,
}
