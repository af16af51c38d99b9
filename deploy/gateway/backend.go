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
)

const (
	maxMessageBytes = 72 << 20
	// callTimeout bounds a unary call whose caller named no Grpc-Timeout.
	callTimeout = 30 * time.Second
)

// backend is the connection to one gRPC service. It connects in the background and again after every loss; calls fail
// with UNAVAILABLE meanwhile. Safe for concurrent use.
type backend struct {
	name string
	conn *grpc.ClientConn
	// draining is done once no stream may go on.
	draining context.Context
}

func newBackend(name, address string, draining context.Context, log *slog.Logger) (*backend, error) {
	b := &backend{name: name, draining: draining}
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
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes), grpc.MaxCallSendMsgSize(maxMessageBytes)),
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
	ctx, progress := withProgress(ctx)
	return b.explain(method, progress, invoke(ctx, method, request, reply, conn, options...))
}
