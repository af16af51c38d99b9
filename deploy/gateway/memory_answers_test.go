package main

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

func exportOf(size int) *pb.ExportToolsResponse {
	return &pb.ExportToolsResponse{
		Content: &pb.ExportToolsResponse_YamlContent{YamlContent: strings.Repeat("x", size)},
	}
}

func TestExportsComeInOnlyAsManyAsThereIsMemoryFor(t *testing.T) {
	s := startSmallStack(t)
	s.gateway.api.budget.patience = deadline
	var now, most atomic.Int32
	s.catalog.answerWith("ExportTools", func(context.Context) (proto.Message, error) {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		time.Sleep(5 * time.Millisecond) // so that those that are let in meet
		return exportOf(1 << 20), nil
	})
	results := make(chan answer, 20)
	for range cap(results) {
		go func() { results <- s.do(t, "POST", tools+"/export", "") }()
	}
	for range cap(results) {
		if got := <-results; got.status != 200 {
			t.Errorf("status %d: %.200s", got.status, got.body)
		}
	}
	if most.Load() > 2 {
		t.Errorf("%d exports came in at once", most.Load())
	}
	s.allGivenBack(t)
}

func TestReadsThatFindNoMemoryAreRefused(t *testing.T) {
	s := startSmallStack(t)
	s.gateway.api.budget.patience = 10 * time.Millisecond
	holder := s.dial(t)
	send(t, holder, tools+"/import", 11<<20+1, strings.Repeat(" ", 11<<20))
	await(t, "the body is held", func() bool { return s.held() == 11<<20*bodyCost })
	s.do(t, "POST", tools+"/export", "").expectReason(t, 429, memoryExhausted)
	s.catalog.answer("GetTool", &pb.GetToolResponse{Tool: &pb.Tool{Description: strings.Repeat("x", 4<<20)}}, nil)
	s.do(t, "GET", tools+"/x", "").expectReason(t, 429, memoryExhausted)
	// What was written is told in any case.
	s.catalog.answer("CreateTool", &pb.Tool{Description: strings.Repeat("x", 4<<20)}, nil)
	s.do(t, "POST", tools, "{}").expect(t, 201)
	holder.Close()
	s.allGivenBack(t)
	s.do(t, "GET", tools+"/x", "").expect(t, 200)
	s.do(t, "POST", tools+"/export", "").expect(t, 200)
}

func TestStreamsAreInTheBudgetToo(t *testing.T) {
	s := startSmallStack(t)
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		if err := stream.SendHeader(nil); err != nil {
			return err
		}
		<-stream.Context().Done()
		return nil
	}
	var cancels []context.CancelFunc
	for range 35 << 20 / streamCost {
		response, _, cancel := s.openStream(t, "/api/v1/changes/watch")
		if response.StatusCode != 200 {
			t.Fatalf("stream %d: status %d", len(cancels), response.StatusCode)
		}
		cancels = append(cancels, cancel)
	}
	s.do(t, "GET", "/api/v1/changes/watch", "").expectReason(t, 429, memoryExhausted)
	s.do(t, "GET", tools, "").expect(t, 200)
	for _, cancel := range cancels {
		cancel()
	}
	s.allGivenBack(t)
	if response, _, _ := s.openStream(t, "/api/v1/changes/watch"); response.StatusCode != 200 {
		t.Errorf("status %d once the streams have ended", response.StatusCode)
	}
}

func TestAStreamEndsWhenAMessageFindsNoMemory(t *testing.T) {
	s := startSmallStack(t)
	goOn := make(chan bool)
	s.catalog.streamExport = func(_ *pb.StreamExportRequest, stream pb.CatalogService_StreamExportServer) error {
		for range 2 {
			if err := stream.Send(&pb.StreamExportResponse{YamlContent: strings.Repeat("x", 1<<20)}); err != nil {
				return err
			}
			<-goOn
		}
		return nil
	}
	_, reader, _ := s.openStream(t, "/api/v1/export")
	readLine(t, reader)
	holder := s.dial(t)
	send(t, holder, tools+"/import", 11<<20+1, strings.Repeat(" ", 11<<20))
	await(t, "the body is held", func() bool { return s.held() >= 11<<20*bodyCost })
	close(goOn)
	if last := readLine(t, reader); !strings.Contains(last, `"MEMORY_BUDGET_EXHAUSTED"`) || !strings.Contains(last, `{"error":{"code":8`) {
		t.Errorf("last line %.200s", last)
	}
}
