package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

const (
	// maxRequestBytes is what a service takes in one message, and maxMessageBytes the most that it answers in one.
	maxRequestBytes = 4 << 20
	maxMessageBytes = 72 << 20
	// callTimeout bounds a unary call whose caller named no Grpc-Timeout.
	callTimeout = 30 * time.Second
	// streamWindow is what a service may send on a stream beyond what its caller has read. A message that is larger comes
	// whole. All streams together share connWindow while it travels, not while it is unread.
	streamWindow = 256 << 10
	connWindow   = 16 << 20
)

// backend is the connection to one gRPC service. It connects in the background and again after every loss; calls fail
// with UNAVAILABLE meanwhile. Safe for concurrent use.
type backend struct {
	name      string
	conn      *grpc.ClientConn
	maxAnswer int
	// draining is done once no stream may go on.
	draining context.Context
}

// newBackend takes answers of up to maxAnswer bytes.
func newBackend(name, address string, maxAnswer int, draining context.Context, log *slog.Logger) (*backend, error) {
	b := &backend{name: name, maxAnswer: maxAnswer, draining: draining}
	conn, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithNoProxy(),
		// A service that comes back is found within a second.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 500 * time.Millisecond,
			},
			MinConnectTimeout: 2 * time.Second,
		}),
		// The services permit a ping every 10 s; gRPC C++ closes connections that ping more often than permitted.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer), grpc.MaxCallSendMsgSize(maxRequestBytes)),
		grpc.WithStaticStreamWindowSize(streamWindow),
		grpc.WithStaticConnWindowSize(connWindow),
		grpc.WithStatsHandler(progressHandler{}),
		grpc.WithChainUnaryInterceptor(b.call),
		grpc.WithChainStreamInterceptor(b.openStream),
		// Never idle, so that the state tells whether the service is there.
		grpc.WithIdleTimeout(0),
	)
	if err != nil {
		return nil, fmt.Errorf("%s address %q: %w", name, address, err)
	}
	b.conn = conn
	go b.logStates(log, address)
	return b, nil
}

func (b *backend) close() { b.conn.Close() }

// logStates keeps the connection up and logs when the service comes and goes, until the backend is closed.
func (b *backend) logStates(log *slog.Logger, address string) {
	reachable := true
	for state := b.conn.GetState(); state != connectivity.Shutdown; state = b.conn.GetState() {
		switch state {
		case connectivity.Idle:
			b.conn.Connect()
		case connectivity.Ready:
			log.Info("connected", "backend", b.name, "address", address)
			reachable = true
		case connectivity.TransientFailure:
			if reachable {
				log.Warn("backend unreachable", "backend", b.name, "address", address)
			}
			reachable = false
		}
		b.conn.WaitForStateChange(context.Background(), state)
	}
}

// call is the interceptor of unary calls.
func (b *backend) call(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if err := checkMessageSize(request); err != nil {
		return err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, callTimeout)
		defer cancel()
	}
	memory := callMemoryOf(ctx)
	codec := b.newAnswerCodec(method, memory, "try again later")
	codec.expected = b.expectedCost(method)
	if !memory.await(ctx, codec.expected) {
		return refuse(memoryExhausted, "the calls in flight hold all the memory that they may; %s", codec.remedy)
	}
	ctx, progress := withProgress(ctx)
	err := invoke(ctx, method, request, reply, conn, append(options, grpc.ForceCodecV2(codec))...)
	switch {
	case err == nil:
		return nil
	case codec.refused != nil:
		return codec.refused
	}
	return b.explain(method, progress, err)
}

// expectedCost is what an answer may cost that is large by its nature: many must not come in at once. Other answers are
// charged when their bytes have come, before they are decoded.
func (b *backend) expectedCost(method string) int64 {
	if method == pb.CatalogService_ExportTools_FullMethodName {
		return int64(b.maxAnswer) * answerCost
	}
	return 0
}
