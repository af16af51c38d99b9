package main

import (
	"errors"
	"io"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// StreamImport records the stream as the ImportTools request that it stands for.
func (f *fake) StreamImport(stream pb.CatalogService_StreamImportServer) error {
	request := &pb.ImportToolsRequest{}
	text := []byte{}
	for first := true; ; first = false {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if f.refuseImport != nil {
			return f.refuseImport
		}
		if (message.GetOptions() != nil) != first || len(message.GetYamlContent()) > importPiece {
			return status.Error(codes.InvalidArgument, "the messages are not options, then pieces")
		}
		if options := message.GetOptions(); options != nil {
			request.Overwrite, request.ValidateOnly, request.Atomic = options.Overwrite, options.ValidateOnly, options.Atomic
			request.RequestId, request.Reason = options.RequestId, options.Reason
		}
		text = append(text, message.GetYamlContent()...)
	}
	request.YamlContent = string(text)
	answer, err := f.receive(stream.Context(), pb.CatalogService_StreamImport_FullMethodName, request)
	if err != nil {
		return err
	}
	return stream.SendAndClose(answer.(*pb.ImportToolsResponse))
}
