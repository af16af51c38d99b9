package main

import (
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

func denseTools(count int) []*pb.Tool { return slices.Repeat([]*pb.Tool{denseTool()}, count) }

// holdMemory has a call hold so much of the budget until the connection is closed.
func (s *stack) holdMemory(t *testing.T, bytes int) (release func()) {
	t.Helper()
	holder := s.dial(t)
	send(t, holder, tools+"/import", bytes/bodyCost+1, strings.Repeat(" ", bytes/bodyCost))
	await(t, "the body is held", func() bool { return s.held() >= int64(bytes/bodyCost*bodyCost) })
	return func() {
		holder.Close()
		s.allGivenBack(t)
	}
}

func TestDenseAnswersAreRefusedBeforeTheyAreDecoded(t *testing.T) {
	for _, c := range []struct {
		name, method, path string
		answer             proto.Message
	}{
		{"a page of tools", "ListTools", tools, &pb.ListToolsResponse{Tools: denseTools(3)}},
		{"all versions", "ListToolVersions", tools + "/x/versions", &pb.ListToolVersionsResponse{Versions: denseTools(3)}},
		{"a tool", "GetTool", tools + "/x",
			&pb.GetToolResponse{Tool: toolOf(valueList(180000, denseTool().Metadata.Fields["list"].GetListValue().Values[0]))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startSmallStack(t)
			s.catalog.answer(c.method, c.answer, nil)
			// There is room for the bytes, not for what becomes of them.
			release := s.holdMemory(t, 15<<20)
			var got answer
			took := allocated(func() { got = s.do(t, "GET", c.path, "") })
			got.expectReason(t, 429, memoryExhausted)
			if got.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			if took > 10<<20 {
				t.Errorf("the refusal took %d bytes", took)
			}
			release()
			s.do(t, "GET", c.path, "").expect(t, 200)
			s.allGivenBack(t)
		})
	}
}

func TestDenseAnswersThatNeverFitAreTooLarge(t *testing.T) {
	s := startSmallStack(t)
	s.catalog.answer("ListTools", &pb.ListToolsResponse{Tools: denseTools(5)}, nil)
	got := s.do(t, "GET", tools, "")
	got.expectReason(t, 429, answerTooLarge)
	if after := got.header.Get("Retry-After"); after != "" {
		t.Errorf("Retry-After %s, but it never succeeds", after)
	}
	s.allGivenBack(t)
}

func TestWritesAreAnsweredHoweverDenseTheAnswerIs(t *testing.T) {
	s := startSmallStack(t)
	s.catalog.answer("CreateTool", denseTool(), nil)
	release := s.holdMemory(t, 33<<20)
	s.do(t, "POST", tools, "{}").expect(t, 201)
	release()
}

func TestAStreamEndsWhenADenseMessageFindsNoMemory(t *testing.T) {
	s := startSmallStack(t)
	var changes []*pb.Change
	for _, tool := range denseTools(3) {
		changes = append(changes, &pb.Change{Tool: tool})
	}
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		return stream.Send(&pb.WatchToolsResponse{
			Event: &pb.WatchToolsResponse_Batch{Batch: &pb.WriteBatch{Writes: []*pb.Write{{Changes: changes}}}},
		})
	}
	s.holdMemory(t, 15<<20)
	var last string
	took := allocated(func() {
		_, reader, _ := s.openStream(t, "/api/v1/changes/watch")
		last = readLine(t, reader)
	})
	if !strings.Contains(last, `"MEMORY_BUDGET_EXHAUSTED"`) || !strings.Contains(last, "resume the stream") {
		t.Errorf("last line %.200s", last)
	}
	if took > 10<<20 {
		t.Errorf("the refusal took %d bytes", took)
	}
}

// largestHeap watches the heap until the function is called that it returns, which tells the most that it had.
func largestHeap() (most func() uint64) {
	done, result := make(chan struct{}), make(chan uint64)
	go func() {
		sample, most := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}, uint64(0)
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-ticker.C:
			case <-done:
				result <- most
				return
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-result
	}
}

func TestManyDenseAnswersHoldNoMoreThanTheBudget(t *testing.T) {
	// The collector runs often, so that the heap is little more than what is held.
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	s := startSmallStack(t)
	s.catalog.answer("ListTools", &pb.ListToolsResponse{Tools: denseTools(3)}, nil)
	before := heap()
	most := largestHeap()
	results := make(chan answer, 20)
	for range cap(results) {
		go func() { results <- s.do(t, "GET", tools, "") }()
	}
	statuses := map[int]int{}
	for range cap(results) {
		statuses[(<-results).status]++
	}
	if grown := most() - before; grown > 80<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if statuses[200] == 0 || statuses[200]+statuses[429] != cap(results) {
		t.Errorf("statuses %v", statuses)
	}
	s.allGivenBack(t)
}
