package main

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"
)

// stream is a server stream that ends when the gateway drains and tells an error before the first message early enough
// for a status code.
type stream struct {
	grpc.ClientStream
	backend  *backend
	method   string
	progress *progress
	memory   *callMemory
	codec    *answerCodec
}

// openStream is the interceptor of streaming calls.
func (b *backend) openStream(ctx context.Context, description *grpc.StreamDesc, conn *grpc.ClientConn, method string,
	open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	if !description.ServerStreams {
		return b.openUpload(ctx, description, conn, method, open, options...)
	}
	memory := callMemoryOf(ctx)
	if !memory.take(streamCost) {
		return nil, refuse(memoryExhausted, "the calls in flight hold all the memory that they may; try again later")
	}
	// The caller's context ends with the HTTP request, and with it this one.
	streamContext, cancel := context.WithCancel(ctx)
	streamContext, progress := withProgress(streamContext)
	forget := context.AfterFunc(b.draining, cancel)
	context.AfterFunc(ctx, func() { forget() })
	codec := b.newAnswerCodec(method, memory, "resume the stream later")
	inner, err := open(streamContext, description, conn, method, append(options, grpc.ForceCodecV2(codec))...)
	if err != nil {
		cancel()
		return nil, b.explain(method, progress, err)
	}
	return &stream{
		ClientStream: inner, backend: b, method: method, progress: progress, memory: memory, codec: codec,
	}, nil
}

// Header waits until the service accepts the stream. A refusal has no header: it is the error of the first read.
func (s *stream) Header() (metadata.MD, error) {
	header, err := s.ClientStream.Header()
	if header != nil || err != nil {
		return header, s.describe(err)
	}
	if err := s.RecvMsg(&emptypb.Empty{}); !errors.Is(err, io.EOF) {
		return nil, err
	}
	return nil, nil
}

// RecvMsg charges the call for the message until the next one. A stream that finds no memory ends: it can be resumed.
func (s *stream) RecvMsg(message any) error {
	s.memory.keep(streamCost)
	err := s.ClientStream.RecvMsg(message)
	if err != nil && s.codec.refused != nil {
		return s.codec.refused
	}
	return s.describe(err)
}

func (s *stream) describe(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	if s.backend.draining.Err() != nil {
		return refuse(gatewayStopping, "the gateway is shutting down; resume the stream")
	}
	return s.backend.explain(s.method, s.progress, err)
}
