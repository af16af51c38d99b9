// Package calls makes gRPC calls whose messages are plain bytes, right or wrong.
package calls

import (
	"context"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// bytesCodec passes messages, each a *[]byte, as the bytes that they are.
type bytesCodec struct{}

func (bytesCodec) Marshal(message any) ([]byte, error) { return *message.(*[]byte), nil }
func (bytesCodec) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = slices.Clone(data)
	return nil
}
func (bytesCodec) Name() string { return "proto" }

// Bytes is the option of a call whose messages are each a *[]byte.
func Bytes() grpc.CallOption { return grpc.ForceCodec(bytesCodec{}) }

// Connect answers a client of a server, which connects when it is used.
func Connect(address string, more ...grpc.DialOption) (*grpc.ClientConn, error) {
	options := append(more, grpc.WithTransportCredentials(insecure.NewCredentials()))
	return grpc.NewClient("passthrough:///"+address, options...)
}

// Unary makes a unary call, whose answer nobody looks at.
func Unary(ctx context.Context, service *grpc.ClientConn, method string, request []byte) error {
	var answer []byte
	return service.Invoke(ctx, method, &request, &answer, Bytes())
}
