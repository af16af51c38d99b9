package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// successStatus are the statuses of successful calls that are not 200.
var successStatus = map[string]int{
	pb.CatalogService_CreateTool_FullMethodName: http.StatusCreated,
	pb.CatalogService_DeleteTool_FullMethodName: http.StatusNoContent,
	pb.ReloadService_DeleteHook_FullMethodName:  http.StatusNoContent,
}

// terms are what finishResponse must know of the request, which it does not see.
type terms struct {
	// validateOnly says that nothing is stored.
	validateOnly bool
	// streamType is the media type of the answer if it is a stream, and failed whether that ended with an error.
	streamType string
	failed     *bool
}

type termsKey struct{}

// withTerms expects the query as the request was prepared: checked, and an update's mask in it.
func withTerms(r *http.Request) context.Context {
	t := terms{
		validateOnly: r.URL.Query().Get("validate_only") == "true",
		streamType:   cmp.Or(r.Header.Get("Accept"), marshaler{}.StreamContentType(nil)),
		failed:       new(bool),
	}
	return context.WithValue(r.Context(), termsKey{}, t)
}

// Of a write: the revision at which it is visible.
const (
	revisionTrailer = "x-revision"
	revisionHeader  = "X-Revision"
)

// finishResponse sets the status and the headers of a successful answer. A stream begins with a call without message:
// its header goes out at once, since the first message may be long in coming.
func finishResponse(ctx context.Context, w http.ResponseWriter, message proto.Message) error {
	terms, _ := ctx.Value(termsKey{}).(terms)
	if message == nil {
		if answer, ok := w.(*answerWriter); ok {
			answer.beginStream()
		}
		w.Header().Set("Content-Type", terms.streamType)
		w.WriteHeader(http.StatusOK)
		err := http.NewResponseController(w).Flush()
		if answer, ok := w.(*answerWriter); ok && answer.onStream != nil {
			answer.onStream()
		}
		return err
	}
	if answer, ok := runtime.ServerMetadataFromContext(ctx); ok {
		for _, revision := range answer.TrailerMD.Get(revisionTrailer) {
			w.Header().Set(revisionHeader, revision)
		}
	}
	method, _ := runtime.RPCMethod(ctx)
	tool := answeredTool(message)
	if tool.GetEtag() != "" {
		w.Header().Set("ETag", `"`+tool.GetEtag()+`"`)
	}
	if tag, err := tagOfProfiles(message); err == nil && tag != "" {
		w.Header().Set("ETag", tag)
	}
	warnOfDeprecation(w.Header(), tool)
	code := successStatus[method]
	if code == http.StatusCreated && terms.validateOnly {
		code = http.StatusOK
	}
	switch code {
	case 0:
	case http.StatusNoContent:
		writeWithoutBody(w, code)
	default:
		if tool != nil && code == http.StatusCreated {
			w.Header().Set("Location", locationOf(tool))
		}
		w.WriteHeader(code)
	}
	return nil
}

// locationOf is where a tool that was created is to be read.
func locationOf(tool *pb.Tool) string {
	return fmt.Sprintf("/api/v1/tools/%s?version=%s", url.PathEscape(tool.ToolName), url.QueryEscape(tool.Version))
}

// warnOfDeprecation adds the headers of RFC 9745 and RFC 8594, and which tool to use instead. A tool does not tell when
// it became deprecated, only since when it is as it is.
func warnOfDeprecation(header http.Header, tool *pb.Tool) {
	if tool.GetStatus() != "deprecated" {
		return
	}
	header.Set("Deprecation", fmt.Sprintf("@%d", tool.UpdatedAt.GetSeconds()))
	if tool.SunsetAt != nil {
		header.Set("Sunset", tool.SunsetAt.AsTime().Format(http.TimeFormat))
	}
	if tool.Replacement != "" {
		header.Set("Link", fmt.Sprintf(`</api/v1/tools/%s>; rel="successor-version"`, url.PathEscape(tool.Replacement)))
	}
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
