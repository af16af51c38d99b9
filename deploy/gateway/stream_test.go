package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// openStream sends a GET and returns the answer once its header is there.
func (s *stack) openStream(t *testing.T, path string) (*http.Response, *bufio.Reader, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, "GET", s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response, bufio.NewReader(response.Body), cancel
}

// outOfRange are the details of an OUT_OF_RANGE of which the service tells no reason.
const outOfRange = `"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"OUT_OF_RANGE",` +
	`"domain":"toolcatalog","metadata":{}}]`

func readLine(t *testing.T, reader *bufio.Reader) string {
	t.Helper()
	line, err := reader.ReadString('\n')
	if err != nil {
		t.Fatalf("no line: %v", err)
	}
	return line
}

func TestStreamIsALineAMessageFlushedAtOnce(t *testing.T) {
	s := startStack(t)
	next := make(chan *pb.WatchToolsResponse)
	s.catalog.watchTools = func(request *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		if request.FromRevision == nil || *request.FromRevision != 42 || request.StateHash != "ab" {
			t.Errorf("received %v", request)
		}
		for message := range next {
			if err := stream.Send(message); err != nil {
				return err
			}
		}
		return nil
	}
	go func() {
		next <- &pb.WatchToolsResponse{Revision: 42, Event: &pb.WatchToolsResponse_Bookmark{Bookmark: &pb.Bookmark{}}}
	}()
	response, reader, _ := s.openStream(t, "/api/v1/changes/watch?from_revision=42&state_hash=ab")
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("status %d, content type %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	want := `{"result":{"revision":"42","state_hash":"","bookmark":{}}}` + "\n"
	if got := readLine(t, reader); got != want {
		t.Errorf("got %s want %s", got, want)
	}
	write := &pb.Write{Revision: 43, Changes: []*pb.Change{{Kind: "updated", ToolName: "<grep>"}}}
	next <- &pb.WatchToolsResponse{Revision: 43,
		Event: &pb.WatchToolsResponse_Batch{Batch: &pb.WriteBatch{Writes: []*pb.Write{write}}}}
	want = `{"result":{"revision":"43","state_hash":"","batch":{"writes":[{"revision":"43","state_hash":"",` +
		`"changes":[{"kind":"updated","tool_name":"<grep>","version":"","is_latest":false,"content_hash":"",` +
		`"revision":"0","actor":"","reason":"","peer":"","request_id":""}],"more":false}]}}}` + "\n"
	if got := readLine(t, reader); got != want {
		t.Errorf("got %s want %s", got, want)
	}
	close(next)
	if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
		t.Errorf("after the last message: %q, %v", rest, err)
	}
}

func TestQuietStreamHasItsHeaderAtOnce(t *testing.T) {
	s := startStack(t)
	next := make(chan *pb.ReloadEvent)
	s.reload.watchReloads = func(_ *pb.WatchReloadsRequest, stream pb.ReloadService_WatchReloadsServer) error {
		if err := stream.SendHeader(nil); err != nil {
			return err
		}
		return stream.Send(<-next)
	}
	response, reader, _ := s.openStream(t, tools+"/reload/watch")
	if response.StatusCode != 200 {
		t.Errorf("status %d", response.StatusCode)
	}
	next <- &pb.ReloadEvent{Trigger: "manual", EventId: 1}
	want := `{"result":{"trigger":"manual","success":false,"duration_ms":0,"event_id":"1","revision":"0",` + untoldOfEvent + "}}\n"
	if got := readLine(t, reader); got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestErrorBeforeTheFirstMessageHasAStatusCode(t *testing.T) {
	s := startStack(t)
	compacted, err := status.New(codes.OutOfRange, "revision 1 is no longer kept").WithDetails(
		&errdetails.ErrorInfo{
			Reason:   "COMPACTED",
			Metadata: map[string]string{"oldest_revision": "5", "current_revision": "9"},
		})
	if err != nil {
		t.Fatal(err)
	}
	s.catalog.watchTools = func(*pb.WatchToolsRequest, pb.CatalogService_WatchToolsServer) error { return compacted.Err() }
	got := s.do(t, "GET", "/api/v1/changes/watch?from_revision=1", "").
		expect(t, 400, `"COMPACTED"`, `"oldest_revision":"5"`)
	got.expectError(t, 400, "no longer kept")
	s.catalog.watchTools = func(*pb.WatchToolsRequest, pb.CatalogService_WatchToolsServer) error { return nil }
	s.do(t, "GET", "/api/v1/changes/watch", "").expect(t, 200)
}

func TestErrorAfterTheFirstMessageIsTheLastLine(t *testing.T) {
	s := startStack(t)
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		if err := stream.Send(&pb.WatchToolsResponse{Revision: 1}); err != nil {
			return err
		}
		return status.Error(codes.OutOfRange, "gone")
	}
	_, reader, _ := s.openStream(t, "/api/v1/changes/watch")
	readLine(t, reader)
	if got, want := readLine(t, reader), `{"error":{"code":11,"message":"gone",`+outOfRange+"}}\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestExportIsAStreamOfYAML(t *testing.T) {
	s := startStack(t)
	large := strings.Repeat("k: \"<v>\"\n", 100_000)
	s.catalog.streamExport = func(request *pb.StreamExportRequest, stream pb.CatalogService_StreamExportServer) error {
		if !proto.Equal(request, &pb.StreamExportRequest{Platform: "linux", Category: "system"}) {
			t.Errorf("received %v", request)
		}
		for _, text := range []string{"---\na: 1\n", large} {
			if err := stream.Send(&pb.StreamExportResponse{YamlContent: text}); err != nil {
				return err
			}
		}
		return status.Error(codes.OutOfRange, "compacted meanwhile")
	}
	response, reader, _ := s.openStream(t, "/api/v1/export?platform=linux&category=system")
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("status %d, content type %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	if got, want := readLine(t, reader), `{"result":{"yaml_content":"---\na: 1\n"}}`+"\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	var line struct {
		Result struct {
			YamlContent string `json:"yaml_content"`
		}
	}
	if err := json.Unmarshal([]byte(readLine(t, reader)), &line); err != nil || line.Result.YamlContent != large {
		t.Errorf("%v: %d bytes, want %d", err, len(line.Result.YamlContent), len(large))
	}
	want := `{"error":{"code":11,"message":"compacted meanwhile",` + outOfRange + "}}\n"
	if got := readLine(t, reader); got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestWatchTakesEveryFilter(t *testing.T) {
	s := startStack(t)
	want := &pb.WatchToolsRequest{Snapshot: true, ToolNames: []string{"a", "b,c"}, Platform: "linux", Category: "system",
		Capability: "c", Kinds: []string{"updated", "deleted"}, WithPrevious: true, BookmarkIntervalMs: proto.Int32(250)}
	s.catalog.watchTools = func(request *pb.WatchToolsRequest, _ pb.CatalogService_WatchToolsServer) error {
		if !proto.Equal(request, want) {
			t.Errorf("received %v", request)
		}
		return nil
	}
	s.do(t, "GET", "/api/v1/changes/watch?snapshot=true&tool_names=a&tool_names=b,c&platform=linux&category=system&"+
		"capability=c&kinds=updated&kinds=deleted&with_previous=true&bookmark_interval_ms=250", "").expect(t, 200)
}

func TestWatchTakesAThousandNames(t *testing.T) {
	s := startStack(t)
	received := 0
	s.catalog.watchTools = func(request *pb.WatchToolsRequest, _ pb.CatalogService_WatchToolsServer) error {
		received = len(request.ToolNames)
		return nil
	}
	s.do(t, "GET", "/api/v1/changes/watch?"+strings.Repeat("tool_names="+strings.Repeat("n", 100)+"&", 1000), "").expect(t, 200)
	if received != 1000 {
		t.Errorf("received %d names", received)
	}
}

func TestStreamEndsWithItsClient(t *testing.T) {
	s := startStack(t)
	ended := make(chan struct{})
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		defer close(ended)
		if err := stream.Send(&pb.WatchToolsResponse{}); err != nil {
			return err
		}
		<-stream.Context().Done()
		return nil
	}
	_, reader, cancel := s.openStream(t, "/api/v1/changes/watch")
	readLine(t, reader)
	cancel()
	await(t, "the service's stream ends", func() bool {
		select {
		case <-ended:
			return true
		default:
			return false
		}
	})
}

func TestStreamsHaveNoDeadlineUnlessAsked(t *testing.T) {
	s := startStack(t)
	hasDeadline := make(chan bool, 1)
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		_, has := stream.Context().Deadline()
		hasDeadline <- has
		return nil
	}
	s.do(t, "GET", "/api/v1/changes/watch", "").expect(t, 200)
	if <-hasDeadline {
		t.Error("a stream has a deadline")
	}
	s.do(t, "GET", "/api/v1/changes/watch", "", "Grpc-Timeout", "1H").expect(t, 200)
	if !<-hasDeadline {
		t.Error("Grpc-Timeout had no effect")
	}
}

func TestDrainEndsStreamsAndFinishesCalls(t *testing.T) {
	s := startStack(t)
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		if err := stream.Send(&pb.WatchToolsResponse{}); err != nil {
			return err
		}
		<-stream.Context().Done()
		return nil
	}
	inFlight, finish := make(chan struct{}), make(chan struct{})
	s.catalog.answerWith("GetTool", func(context.Context) (proto.Message, error) {
		close(inFlight)
		<-finish
		return &pb.GetToolResponse{Tool: &pb.Tool{ToolName: "x"}}, nil
	})
	var readers []*bufio.Reader
	for range 10 {
		_, reader, _ := s.openStream(t, "/api/v1/changes/watch")
		readLine(t, reader)
		readers = append(readers, reader)
	}
	answered := make(chan answer, 1)
	go func() { answered <- s.do(t, "GET", tools+"/x", "") }()
	<-inFlight
	s.stop()
	for _, reader := range readers {
		var last struct{ Error struct{ Code codes.Code } }
		if err := json.Unmarshal([]byte(readLine(t, reader)), &last); err != nil || last.Error.Code != codes.Unavailable {
			t.Errorf("last line has code %v, %v", last.Error.Code, err)
		}
	}
	close(finish)
	if got := <-answered; got.status != 200 {
		t.Errorf("the call in flight got %d", got.status)
	}
	if err := <-s.stopped; err != nil {
		t.Errorf("serve: %v", err)
	}
}
