package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// startWritingStack ends answers soon.
func startWritingStack(t *testing.T, timeouts answerTimeouts) *stack {
	t.Helper()
	s := &stack{catalog: newFake(), reload: newFake(), answerTimeouts: timeouts}
	s.startAll(t)
	return s
}

// get sends a request on a connection that keeps little of an answer.
func (s *stack) get(t *testing.T, method, path string) net.Conn {
	t.Helper()
	connection := s.dial(t)
	connection.SetReadBuffer(32 << 10)
	if _, err := fmt.Fprintf(connection, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n", method, path); err != nil {
		t.Fatal(err)
	}
	return connection
}

func TestAnswersThatNobodyReadsEnd(t *testing.T) {
	s := startWritingStack(t, answerTimeouts{unary: 100 * time.Millisecond, rate: 100 << 20, stall: time.Hour})
	const size = 8 << 20
	s.catalog.answer("ExportTools", exportOf(size), nil)
	s.catalog.answer("GetTool", &pb.GetToolResponse{Tool: &pb.Tool{Description: strings.Repeat("x", size)}}, nil)
	var connections []net.Conn
	for range 5 {
		connections = append(connections, s.get(t, "POST", tools+"/export"), s.get(t, "GET", tools+"/x"))
	}
	await(t, "the answers are held", func() bool { return s.held() >= size })
	s.allGivenBack(t)
	await(t, "the log tells of it", func() bool {
		return strings.Count(s.log.String(), `"unread":true`) == len(connections)
	})
	for _, connection := range connections {
		if text, err := io.ReadAll(connection); err == nil && len(text) > size {
			t.Error("an answer that was not read in time came to its end")
		}
	}
}

func TestAnAnswerGetsTimeForItsSize(t *testing.T) {
	s := startWritingStack(t, answerTimeouts{unary: time.Millisecond, rate: 1 << 20, stall: time.Millisecond})
	const size = 8 << 20
	s.catalog.answer("ExportTools", exportOf(size), nil)
	connection := s.get(t, "POST", tools+"/export")
	await(t, "the answer is held", func() bool { return s.held() >= size && s.held() < 2*size })
	time.Sleep(200 * time.Millisecond) // the reader that takes its time
	if text := readAnswer(t, connection).body; len(text) < size {
		t.Errorf("read %d bytes", len(text))
	}
}

func TestAnswersAfterALateOneAreNotLate(t *testing.T) {
	s := startWritingStack(t, answerTimeouts{unary: 20 * time.Millisecond, rate: 1 << 40, stall: time.Minute})
	connection := s.get(t, "GET", tools)
	readAnswer(t, connection)
	time.Sleep(50 * time.Millisecond) // the time of the first answer passes
	fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", tools)
	var start [25]byte
	if _, err := io.ReadFull(connection, start[:]); err != nil || string(start[:]) != "HTTP/1.1 100 Continue\r\n\r\n" {
		t.Fatalf("%q, %v", start, err)
	}
	io.WriteString(connection, "{}")
	if got := readAnswer(t, connection); got.status != 201 {
		t.Errorf("status %d", got.status)
	}
}

// endless sends messages until it is stopped, and tells then.
func endless(ended chan<- struct{}) func(*pb.StreamExportRequest, pb.CatalogService_StreamExportServer) error {
	return func(_ *pb.StreamExportRequest, stream pb.CatalogService_StreamExportServer) error {
		defer close(ended)
		message := &pb.StreamExportResponse{YamlContent: strings.Repeat("x", 1<<20)}
		for {
			if err := stream.Send(message); err != nil {
				return err
			}
		}
	}
}

func TestAStreamThatNobodyTakesEnds(t *testing.T) {
	s := startWritingStack(t, answerTimeouts{unary: time.Hour, rate: 1, stall: 200 * time.Millisecond})
	ended := make(chan struct{})
	s.catalog.streamExport = endless(ended)
	s.get(t, "GET", "/api/v1/export")
	select {
	case <-ended:
	case <-time.After(deadline):
		t.Fatal("the stream goes on")
	}
	s.allGivenBack(t)
	await(t, "the log tells of it", func() bool { return strings.Contains(s.log.String(), `"unread":true`) })
}

func TestAStreamThatIsReadSlowlyGoesOn(t *testing.T) {
	const stall = 500 * time.Millisecond
	s := startWritingStack(t, answerTimeouts{unary: time.Hour, rate: 1, stall: stall})
	ended := make(chan struct{})
	s.catalog.streamExport = endless(ended)
	connection := s.get(t, "GET", "/api/v1/export")
	// A message takes many times the stall to be read.
	part := make([]byte, 16<<10)
	for start := time.Now(); time.Since(start) < 6*stall; time.Sleep(stall / 10) {
		if _, err := io.ReadFull(connection, part); err != nil {
			t.Fatalf("cut after %v: %v", time.Since(start), err)
		}
		select {
		case <-ended:
			t.Fatalf("ended after %v", time.Since(start))
		default:
		}
	}
	connection.Close()
	<-ended
}

func TestAQuietStreamGoesOn(t *testing.T) {
	s := startWritingStack(t, answerTimeouts{unary: 10 * time.Millisecond, rate: 1 << 40, stall: 10 * time.Millisecond})
	next := make(chan int64)
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		for revision := range next {
			if err := stream.Send(&pb.WatchToolsResponse{Revision: revision}); err != nil {
				return err
			}
		}
		return nil
	}
	go func() { next <- 1 }()
	_, reader, _ := s.openStream(t, "/api/v1/changes/watch")
	readLine(t, reader)
	time.Sleep(100 * time.Millisecond) // nothing happens
	next <- 2
	if line := readLine(t, reader); !strings.Contains(line, `"revision":"2"`) {
		t.Errorf("got %s", line)
	}
	close(next)
}

func TestTheTimeOfAWriteIsThatOfItsConnection(t *testing.T) {
	near, far := net.Pipe()
	c := &connection{Conn: near, stall: 20 * time.Millisecond, forget: func() {}}
	text := bytes.Repeat([]byte("x"), 1000)
	// The reader takes 100 bytes, then no more.
	go io.CopyN(io.Discard, far, 100)
	if n, err := c.Write(text); n != 100 || err == nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			far.Read(make([]byte, 10))
			time.Sleep(time.Millisecond)
		}
	}()
	if n, err := c.Write(text); n != 1000 || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	c.SetWriteDeadline(time.Now().Add(30 * time.Millisecond))
	if n, err := c.Write(text); n == 1000 || err == nil {
		t.Errorf("wrote %d beyond the deadline, %v", n, err)
	}
}
