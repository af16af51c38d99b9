package main

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
)

// upload is a stream that the gateway sends. It ends with one answer, so it is a call like any other: it goes on while
// the gateway drains, and its answer is not withheld.
type upload struct {
	grpc.ClientStream
	backend  *backend
	method   string
	progress *progress
}

func (b *backend) openUpload(ctx context.Context, description *grpc.StreamDesc, conn *grpc.ClientConn, method string,
	open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, progress := withProgress(ctx)
	codec := b.newAnswerCodec(method, callMemoryOf(ctx), "")
	inner, err := open(ctx, description, conn, method, append(options, grpc.ForceCodecV2(codec))...)
	if err != nil {
		return nil, b.explain(method, progress, err)
	}
	return &upload{ClientStream: inner, backend: b, method: method, progress: progress}, nil
}

// SendMsg returns io.EOF once the service has ended the call.
func (u *upload) SendMsg(message any) error {
	if err := checkMessageSize(message); err != nil {
		return err
	}
	return u.describe(u.ClientStream.SendMsg(message))
}

func (u *upload) RecvMsg(message any) error { return u.describe(u.ClientStream.RecvMsg(message)) }

func (u *upload) describe(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return u.backend.explain(u.method, u.progress, err)
}
