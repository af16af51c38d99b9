package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

func vary(header http.Header) string { return strings.Join(header.Values("Vary"), ", ") }

// A cache must learn from each answer of a resource what it depends on, also from a 304 (RFC 9110, 15.4.5).
func TestEveryFormOfAnAnswerSaysWhatItDependsOn(t *testing.T) {
	s := startStack(t)
	for _, length := range []int{10, 5000} {
		s.catalog.answer("ListTools", &pb.ListToolsResponse{NextPageToken: strings.Repeat("x", length)}, nil)
		whole := s.do(t, "GET", tools, "").expect(t, 200)
		unchanged := s.do(t, "GET", tools, "", "If-None-Match", whole.header.Get("ETag")).expect(t, 304)
		for _, got := range []answer{whole, unchanged} {
			if vary(got.header) != "Accept-Encoding" {
				t.Errorf("%d of %d characters: Vary %q", got.status, length, vary(got.header))
			}
		}
	}
}

func TestHeadTellsOfTheCompressedAnswer(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("ListTools", &pb.ListToolsResponse{NextPageToken: strings.Repeat("x", 5000)}, nil)
	get := s.do(t, "GET", tools, "", "Accept-Encoding", "gzip").expect(t, 200)
	head := s.do(t, "HEAD", tools, "", "Accept-Encoding", "gzip").expect(t, 200)
	for _, name := range []string{"Content-Encoding", "Content-Type", "ETag", "Vary"} {
		if head.header.Get(name) != get.header.Get(name) {
			t.Errorf("%s: %q for HEAD, %q for GET", name, head.header.Get(name), get.header.Get(name))
		}
	}
	if length := head.header.Get("Content-Length"); length != "" || head.body != "" {
		t.Errorf("HEAD promises %s bytes, sends %q", length, head.body)
	}
}

func TestAnExportIsCompressedToo(t *testing.T) {
	s := startStack(t)
	text := strings.Repeat("description: words\n", 1000)
	s.catalog.answer("ExportTools", &pb.ExportToolsResponse{Content: &pb.ExportToolsResponse_YamlContent{YamlContent: text}}, nil)
	got := s.do(t, "POST", tools+"/export", "{}", "Accept-Encoding", "gzip").expect(t, 200)
	if got.header.Get("Content-Encoding") != "gzip" || len(got.body) > 2000 || got.header.Get("ETag") != "" {
		t.Errorf("%d bytes, %v", len(got.body), got.header)
	}
}

func TestWithoutMemoryForItAnAnswerIsNotCompressed(t *testing.T) {
	s := &stack{catalog: newFake(), reload: newFake(), memory: minMemoryLimitMiB << 20}
	s.startAll(t)
	s.catalog.answer("ListTools", &pb.ListToolsResponse{NextPageToken: strings.Repeat("x", 5000)}, nil)
	other := &callMemory{budget: s.gateway.api.budget}
	if !other.take(other.budget.largest() - 100<<10) {
		t.Fatal("cannot take the memory")
	}
	got := s.do(t, "GET", tools, "", "Accept-Encoding", "gzip").expect(t, 200, "xxx")
	if got.header.Get("Content-Encoding") != "" || got.header.Get("Content-Length") != strconv.Itoa(len(got.body)) {
		t.Errorf("%v", got.header)
	}
	other.release()
	got = s.do(t, "GET", tools, "", "Accept-Encoding", "gzip").expect(t, 200)
	if got.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%v", got.header)
	}
}

func TestCompressingCostsWhatIsCharged(t *testing.T) {
	const writers = 10
	text := []byte(strings.Repeat("words and numbers 1234567890 ", 10_000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range writers {
		compressor := compressors.New().(*gzip.Writer)
		compressor.Reset(io.Discard)
		compressor.Write(text)
		compressor.Close()
	}
	runtime.ReadMemStats(&after)
	if cost := (after.TotalAlloc - before.TotalAlloc) / writers; cost > compressionCost {
		t.Errorf("compressing takes %d bytes, charged are %d", cost, compressionCost)
	}
}

func TestWhoTakesTrailersGetsTheWholeAnswer(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("ListTools", &pb.ListToolsResponse{NextPageToken: strings.Repeat("x", 5000)}, nil)
	s.catalog.answer("CreateTool", &pb.Tool{ToolName: "x"}, nil)
	for _, method := range []string{"GET", "POST"} {
		body := strings.Repeat("{}", len(method)-3) // none for GET
		plain := s.do(t, method, tools, body, "Accept-Encoding", "identity")
		got := s.do(t, method, tools, body, "Accept-Encoding", "identity", "TE", "trailers")
		if got.status != plain.status || got.body != plain.body {
			t.Errorf("%s: status %d, %d bytes; without TE %d, %d bytes", method, got.status, len(got.body), plain.status,
				len(plain.body))
		}
	}
	if strings.Contains(s.log.String(), "Transfer-Encoding") {
		t.Errorf("the server complains: %s", s.log)
	}
}

func TestWhoIsRefusedForNowLearnsWhenToAskAgain(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("ListTools", nil, status.Error(codes.Unavailable, "the database is away"))
	if got := s.do(t, "GET", tools, "").expect(t, 503); got.header.Get("Retry-After") != "1" {
		t.Errorf("%v", got.header)
	}
	s.reload.health.Shutdown()
	for path, status := range map[string]int{
		tools + "/health": 503, "/readyz": 503, "/readyz?service=reload": 503, "/readyz?service=catalog": 200, "/livez": 200,
	} {
		got := s.do(t, "GET", path, "").expect(t, status)
		if retry := got.header.Get("Retry-After"); (retry == "1") != (status == 503) {
			t.Errorf("%s: Retry-After %q", path, retry)
		}
		if head := s.do(t, "HEAD", path, "").expect(t, status); head.header.Get("Content-Length") != strconv.Itoa(len(got.body)) {
			t.Errorf("%s: HEAD %v", path, head.header)
		}
	}
	s.do(t, "GET", "/readyz?service=database", "").expectError(t, 400, "service", "catalog or reload")
}
