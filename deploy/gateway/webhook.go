package main

import (
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// webhookChallenge says how a sender proves who it is: by the headers below.
const webhookChallenge = `HMAC-SHA256 realm="toolcatalog", headers="X-Signature-256 X-Timestamp"`

// webhookHeaders prove who sends a webhook, and when.
var webhookHeaders = []struct{ name, description string }{
	{"X-Timestamp", "Unix time in seconds; within 300 s of the server's clock."},
	{"X-Signature-256", "sha256= and the hex HMAC-SHA256, keyed with a configured secret, of X-Timestamp, \".\" and the body."},
}

// webhookHandler passes a webhook on as it came: the signature is of its bytes, which a message made of JSON would lose.
func (a *api) webhookHandler(reload *backend) runtime.HandlerFunc {
	client := pb.NewReloadServiceClient(reload.conn)
	return func(w http.ResponseWriter, r *http.Request, _ map[string]string) {
		request, err := webhookRequest(r)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		_, marshaler := runtime.MarshalerForRequest(a.mux, r)
		ctx, err := runtime.AnnotateContext(r.Context(), a.mux, r, pb.ReloadService_ReceiveWebhook_FullMethodName,
			runtime.WithHTTPPathPattern(webhookTemplate))
		if err != nil {
			runtime.HTTPError(ctx, a.mux, marshaler, w, r, err)
			return
		}
		var metadata runtime.ServerMetadata
		answer, err := client.ReceiveWebhook(ctx, request, grpc.Header(&metadata.HeaderMD), grpc.Trailer(&metadata.TrailerMD))
		ctx = runtime.NewServerMetadataContext(ctx, metadata)
		if err != nil {
			runtime.HTTPError(ctx, a.mux, marshaler, w, r, err)
			return
		}
		runtime.ForwardResponseMessage(ctx, a.mux, marshaler, w, r, answer, a.mux.GetForwardResponseOptions()...)
	}
}

// webhookRequest is what the service checks; headers that are missing or given twice are for it to refuse.
func webhookRequest(r *http.Request) (*pb.ReceiveWebhookRequest, error) {
	request := &pb.ReceiveWebhookRequest{Body: r.Body.(*requestBody).text}
	for i, field := range []*string{&request.Timestamp, &request.Signature} {
		name := webhookHeaders[i].name
		*field = strings.Join(r.Header.Values(name), ", ")
		if !isMetadataValue(*field) {
			return nil, badHeader(name, "must be printable ASCII of at most %d characters", maxHeaderValue)
		}
	}
	return request, nil
}

// webhookBody describes the body of a webhook.
func webhookBody() object {
	text := func(description string) object { return object{"type": "string", "description": description} }
	return object{
		"required": true,
		"content": jsonContent(object{
			"type":                 "object",
			"description":          "At most 1 MiB. Other fields are not looked at.",
			"additionalProperties": true,
			"properties": object{
				"tool_name": text("The tool to load again; absent or empty = all."),
				"source":    text("Who asks, for the history."),
			},
		}),
	}
}
