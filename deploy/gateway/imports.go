package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// importPiece is how much of a text goes into one message.
const importPiece = 1 << 20

// importSource is what an import stream sends.
type importSource struct {
	options *pb.ImportOptions
	// next returns the pieces of the text, and io.EOF after the last one.
	next func() ([]byte, error)
	// timeout bounds the call if its caller named no time.
	timeout time.Duration
}

// importHandler serves an import, however its text comes: it goes to the catalog in pieces, for a service takes no large
// message.
func (a *api) importHandler(catalog *backend, template string,
	open func(http.ResponseWriter, *http.Request) (importSource, error)) runtime.HandlerFunc {
	client := pb.NewCatalogServiceClient(catalog.conn)
	return func(w http.ResponseWriter, r *http.Request, _ map[string]string) {
		source, err := open(w, r)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		_, marshaler := runtime.MarshalerForRequest(a.mux, r)
		ctx, err := runtime.AnnotateContext(r.Context(), a.mux, r, pb.CatalogService_StreamImport_FullMethodName,
			runtime.WithHTTPPathPattern(template))
		if err != nil {
			runtime.HTTPError(ctx, a.mux, marshaler, w, r, err)
			return
		}
		answer, err := sendImport(ctx, client, source)
		if err != nil {
			runtime.HTTPError(ctx, a.mux, marshaler, w, r, err)
			return
		}
		runtime.ForwardResponseMessage(ctx, a.mux, marshaler, w, r, answer, a.mux.GetForwardResponseOptions()...)
	}
}

// sendImport sends all pieces, unless the catalog ends the call before. A stream that is left before its end stores
// nothing.
func sendImport(ctx context.Context, client pb.CatalogServiceClient, source importSource) (*pb.ImportToolsResponse, error) {
	timeout := source.timeout
	if _, ok := ctx.Deadline(); ok {
		timeout = time.Duration(1<<63 - 1)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	// The catalog need not wait for a text that has not begun.
	piece, ended := source.next()
	if ended != nil && !errors.Is(ended, io.EOF) {
		return nil, ended
	}
	stream, err := client.StreamImport(ctx)
	if err != nil {
		return nil, err
	}
	err = stream.Send(&pb.StreamImportRequest{Part: &pb.StreamImportRequest_Options{Options: source.options}})
	for err == nil && ended == nil {
		err = stream.Send(&pb.StreamImportRequest{Part: &pb.StreamImportRequest_YamlContent{YamlContent: piece}})
		if err == nil {
			piece, ended = source.next()
		}
	}
	// Where the catalog takes no more, io.EOF says so; its answer tells why.
	for _, err := range []error{err, ended} {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	return stream.CloseAndRecv()
}

// jsonImport is an import whose body is JSON with the text in it.
func jsonImport(_ http.ResponseWriter, r *http.Request) (importSource, error) {
	body := r.Body.(*requestBody)
	request := &pb.ImportToolsRequest{}
	if len(body.text) > 0 {
		if err := unmarshal(body.text, request); err != nil {
			return importSource{}, err
		}
	}
	// The message has it all: a large text need not be held twice while the service is at work.
	body.text = nil
	text := request.YamlContent
	return importSource{
		options: &pb.ImportOptions{
			Overwrite: request.Overwrite, ValidateOnly: request.ValidateOnly, Atomic: request.Atomic,
			RequestId: request.RequestId, Reason: request.Reason,
		},
		next: func() ([]byte, error) {
			if text == "" {
				return nil, io.EOF
			}
			piece := []byte(text[:min(len(text), importPiece)])
			text = text[len(piece):]
			return piece, nil
		},
		timeout: callTimeout,
	}, nil
}
