package main

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"

	"toolcatalog/tests/hostile/calls"
)

const (
	// patience is the deadline of a call.
	patience = 10 * time.Second
	// waitPatience is that of a call which may wait for something that does not come.
	waitPatience = 2 * time.Second
	// listening is how long a stream of answers is listened to.
	listening = 200 * time.Millisecond
)

// outcome is what a call answered.
type outcome struct {
	answer []byte // the first message
	err    error  // a gRPC status
}

// send makes a call.
func (m method) send(messages [][]byte) outcome {
	limit := patience
	if m.mayWait() {
		limit = waitPatience
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	stream, err := m.service.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, m.path,
		calls.Bytes(), grpc.MaxCallRecvMsgSize(64<<20))
	if err != nil {
		return outcome{nil, err}
	}
	for _, message := range messages {
		if stream.SendMsg(&message) != nil {
			break // the status comes with what is received
		}
	}
	stream.CloseSend()
	return m.receive(stream, cancel)
}

// receive takes what a call answers until its end, or for a while if it is a stream of answers.
func (m method) receive(stream grpc.ClientStream, cancel context.CancelFunc) outcome {
	gaveUp := make(chan struct{})
	if m.descriptor.IsStreamingServer() {
		timer := time.AfterFunc(listening, func() { close(gaveUp); cancel() })
		defer timer.Stop()
	}
	var first []byte
	for {
		var message []byte
		err := stream.RecvMsg(&message)
		if first == nil {
			first = message
		}
		select {
		case <-gaveUp:
			return outcome{first, nil}
		default:
		}
		if errors.Is(err, io.EOF) {
			return outcome{first, nil}
		}
		if err != nil {
			return outcome{nil, err}
		}
	}
}

// mayWait says whether a call of the method waits for a revision.
func (m method) mayWait() bool {
	fields := m.descriptor.Input().Fields()
	return m.descriptor.Name() == "WaitForRevision" || fields.ByName("min_revision") != nil
}
