package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// successStatus are the statuses of successful calls that are not 200.
var successStatus = map[string]int{
	pb.CatalogService_CreateTool_FullMethodName: http.StatusCreated,
	pb.CatalogService_DeleteTool_FullMethodName: http.StatusNoContent,
}

type ifNoneMatchKey struct{}

// withIfNoneMatch keeps the condition of a GET for finishResponse, which does not see the request.
func withIfNoneMatch(r *http.Request) context.Context {
	if r.Method != http.MethodGet {
		return r.Context()
	}
	return context.WithValue(r.Context(), ifNoneMatchKey{}, strings.Join(r.Header.Values("If-None-Match"), ","))
}

// finishResponse sets the status and the ETag of a successful answer. A stream begins with a call without message: its
// header goes out at once, since the first message may be long in coming.
func finishResponse(ctx context.Context, w http.ResponseWriter, message proto.Message) error {
	if message == nil {
		w.Header().Set("Content-Type", marshaler{}.StreamContentType(nil))
		w.WriteHeader(http.StatusOK)
		return http.NewResponseController(w).Flush()
	}
	method, _ := runtime.RPCMethod(ctx)
	if tool := answeredTool(message); tool.GetEtag() != "" {
		etag := `"` + tool.GetEtag() + `"`
		w.Header().Set("ETag", etag)
		if condition, _ := ctx.Value(ifNoneMatchKey{}).(string); matchesETag(condition, etag) {
			writeWithoutBody(w, http.StatusNotModified)
			return nil
		}
	}
	switch code := successStatus[method]; code {
	case 0:
	case http.StatusNoContent:
		writeWithoutBody(w, code)
	default:
		w.WriteHeader(code)
	}
	return nil
}

func writeWithoutBody(w http.ResponseWriter, status int) {
	w.Header().Del("Content-Type")
	w.WriteHeader(status)
}

// answeredTool is the tool that the answer's body is, or nil.
func answeredTool(message proto.Message) *pb.Tool {
	if wrapped, ok := message.(interface{ XXX_ResponseBody() any }); ok {
		tool, _ := wrapped.XXX_ResponseBody().(*pb.Tool)
		return tool
	}
	tool, _ := message.(*pb.Tool)
	return tool
}

// matchesETag compares weakly, as If-None-Match demands.
func matchesETag(condition, etag string) bool {
	for candidate := range strings.SplitSeq(condition, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == etag {
			return true
		}
	}
	return false
}
