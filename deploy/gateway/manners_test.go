package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

func TestHeadIsAGetWithoutBody(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("GetTool", &pb.GetToolResponse{Tool: &pb.Tool{ToolName: "x", Etag: "7-ab"}}, nil)
	for _, path := range []string{
		tools, tools + "/x", tools + "/search?q=x", tools + "/health", "/livez", "/readyz", "/openapi.json",
		"/api/v1/profiles", "/api/v1/profiles/x", "/api/v1/replicas", tools + "/reload/statistics",
	} {
		get, head := s.do(t, "GET", path, ""), s.do(t, "HEAD", path, "").expect(t, 200)
		if head.body != "" {
			t.Errorf("%s: HEAD has a body: %s", path, head.body)
		}
		if length := head.header.Get("Content-Length"); length != strconv.Itoa(len(get.body)) {
			t.Errorf("%s: HEAD says %q bytes, GET has %d", path, length, len(get.body))
		}
		for _, name := range []string{"Content-Type", "ETag", "Cache-Control"} {
			if head.header.Get(name) != get.header.Get(name) {
				t.Errorf("%s: %s is %q for HEAD, %q for GET", path, name, head.header.Get(name), get.header.Get(name))
			}
		}
	}
	s.catalog.answer("GetTool", nil, status.Error(codes.NotFound, "no such tool"))
	s.do(t, "HEAD", tools+"/y", "").expect(t, 404)
	s.do(t, "HEAD", "/api/v1/nothing", "").expect(t, 404)
	s.do(t, "HEAD", tools+"/import", "").expect(t, 405)
	// The services take a stream, or refuse it; for a HEAD it ends with its header.
	ended := make(chan struct{}, 3)
	hold := func(stream grpc.ServerStream) error {
		stream.SendHeader(nil)
		<-stream.Context().Done()
		ended <- struct{}{}
		return nil
	}
	s.catalog.watchTools = func(r *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		if r.GetFromRevision() == 1 {
			return status.Error(codes.OutOfRange, "compacted")
		}
		return hold(stream)
	}
	s.catalog.streamExport = func(_ *pb.StreamExportRequest, stream pb.CatalogService_StreamExportServer) error {
		return hold(stream)
	}
	s.reload.watchReloads = func(_ *pb.WatchReloadsRequest, stream pb.ReloadService_WatchReloadsServer) error {
		return hold(stream)
	}
	s.do(t, "HEAD", "/api/v1/changes/watch?from_revision=1", "").expect(t, 400)
	for _, path := range []string{"/api/v1/changes/watch", tools + "/reload/watch", "/api/v1/export"} {
		got := s.do(t, "HEAD", path, "").expect(t, 200)
		if buffering := got.header.Get("X-Accel-Buffering"); buffering != "no" || got.body != "" {
			t.Errorf("%s: buffering %q, body %q", path, buffering, got.body)
		}
		<-ended
	}
}

func TestOptionsNamesTheMethods(t *testing.T) {
	s := startStack(t)
	for path, want := range map[string]string{
		tools: "GET, HEAD, OPTIONS, POST", tools + "/x": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
		tools + "/import": "OPTIONS, POST",
	} {
		got := s.do(t, "OPTIONS", path, "").expect(t, 204)
		if allow := got.header.Get("Allow"); allow != want {
			t.Errorf("%s: %q", path, allow)
		}
		if got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s allows other origins", path)
		}
	}
	s.do(t, "OPTIONS", "/api/v1/nothing", "").expect(t, 404)
}

func TestWhatIsReadHasATag(t *testing.T) {
	s := startStack(t)
	list := &pb.ListToolsResponse{Tools: []*pb.Tool{{ToolName: "x"}}, Total: 1}
	s.catalog.answer("ListTools", list, nil)
	for _, path := range []string{tools, "/openapi.json"} {
		tag := s.do(t, "GET", path, "").expect(t, 200).header.Get("ETag")
		if !strings.HasPrefix(tag, `W/"`) {
			t.Fatalf("%s has the tag %q", path, tag)
		}
		got := s.do(t, "GET", path, "", "If-None-Match", `"other", `+tag).expect(t, 304)
		if got.body != "" || got.header.Get("ETag") != tag || got.header.Get("Content-Length") != "" {
			t.Errorf("%s: %q, %v", path, got.body, got.header)
		}
		s.do(t, "HEAD", path, "", "If-None-Match", tag).expect(t, 304)
	}
	tag := s.do(t, "GET", tools, "").header.Get("ETag")
	list.Total = 2
	s.do(t, "GET", tools, "", "If-None-Match", tag).expect(t, 200)
}

func TestTheAgeOfAProfileDoesNotCount(t *testing.T) {
	s := startStack(t)
	profile := &pb.Profile{Tool: &pb.Tool{ToolName: "x"}, ContentHash: "abc", AgeMs: 1}
	s.reload.answer("GetProfile", profile, nil)
	s.reload.answer("ListProfiles", &pb.ListProfilesResponse{Profiles: []*pb.Profile{profile}}, nil)
	for _, path := range []string{"/api/v1/profiles/x", "/api/v1/profiles"} {
		profile.AgeMs, profile.Stale = 1, false
		tag := s.do(t, "GET", path, "").expect(t, 200, `"age_ms":1`).header.Get("ETag")
		profile.AgeMs = 2
		s.do(t, "GET", path, "", "If-None-Match", tag).expect(t, 304)
		s.do(t, "GET", path, "").expect(t, 200, `"age_ms":2`)
		profile.Stale = true
		s.do(t, "GET", path, "", "If-None-Match", tag).expect(t, 200)
	}
}

func TestListsOfEntityTags(t *testing.T) {
	for _, test := range []struct {
		condition, tag string
		want           bool
	}{
		{`"a"`, `"a"`, true}, {`W/"a"`, `"a"`, true}, {`"a"`, `W/"a"`, true}, {`"b", "a"`, `"a"`, true},
		{`"b","a,c" ,, W/"d"`, `"a,c"`, true}, {`*`, `"a"`, true}, {` * `, `"a"`, true}, {`""`, `""`, true},
		{``, `"a"`, false}, {`a`, `"a"`, false}, {`"x,*,y"`, `"a"`, false}, {`"b", *`, `"a"`, false},
		{`"a" "b"`, `"a"`, false}, {`"a`, `"a"`, false}, {`w/"a"`, `"a"`, false}, {`"a b"`, `"a b"`, false},
		{`"a", b`, `"a"`, false},
	} {
		if got := matchesTag(test.condition, test.tag); got != test.want {
			t.Errorf("%s and %s: %v", test.condition, test.tag, got)
		}
	}
}

func TestAnswersAreCompressedForWhoWantsThat(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("ListTools", &pb.ListToolsResponse{NextPageToken: strings.Repeat("x", 5000)}, nil)
	plain := s.do(t, "GET", tools, "", "Accept-Encoding", "identity").expect(t, 200)
	packed := s.do(t, "GET", tools, "", "Accept-Encoding", "br, gzip;q=0.5").expect(t, 200)
	if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) > 500 {
		t.Fatalf("%d bytes, %v", len(packed.body), packed.header)
	}
	for _, got := range []answer{plain, packed} {
		if got.header.Get("Vary") != "Accept-Encoding" || got.header.Get("ETag") != plain.header.Get("ETag") {
			t.Errorf("%v", got.header)
		}
	}
	reader, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(reader); err != nil || string(text) != plain.body {
		t.Errorf("%v: %.100s", err, text)
	}
	// A strong tag is a condition of changes, and names one form of the answer.
	s.catalog.answer("GetTool", &pb.GetToolResponse{Tool: &pb.Tool{Etag: "7-ab", Description: strings.Repeat("x", 3000)}}, nil)
	if got := s.do(t, "GET", tools+"/x", "", "Accept-Encoding", "gzip").expect(t, 200); got.header.Get("Content-Encoding") != "" {
		t.Error("an answer with a strong tag is compressed")
	}
}

func TestWhichEncodingIsAccepted(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "x-gzip": true, "*": true, "gzip;q=0": false, "*;q=0": false, "br": false,
		"gzip;q=0, *": false, "identity, gzip;q=0.5": false, "identity;q=0.5, gzip": true, "gzip ; q = 0.1": true,
		"gzip;q=x": false, "deflate, gzip;q=1.0, *;q=0.5": true,
	} {
		if got := acceptsGzip(http.Header{"Accept-Encoding": {text}}); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestPackedBodiesAreRefused(t *testing.T) {
	s := startStack(t)
	for _, path := range []string{tools, tools + "/import", "/api/v1/import", tools + "/reload/webhook"} {
		got := s.do(t, "POST", path, "\x1f\x8b", "Content-Encoding", "gzip")
		got.expectError(t, 415, "Content-Encoding", "gzip")
		if accepted := got.header.Get("Accept-Encoding"); accepted != "identity" {
			t.Errorf("%s: %q", path, accepted)
		}
	}
	s.do(t, "POST", tools, "{}", "Content-Encoding", "identity").expect(t, 201)
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("CreateTool", &pb.Tool{ToolName: "a.b", Version: "1+2"}, nil)
	created := s.do(t, "POST", tools, "{}").expect(t, 201)
	if location := created.header.Get("Location"); location != tools+"/a.b?version=1%2B2" {
		t.Errorf("location %q", location)
	}
	if trial := s.do(t, "POST", tools+"?validate_only=true", "{}").expect(t, 200); trial.header.Get("Location") != "" {
		t.Error("what is not stored has a location")
	}
	s.reload.answer("ReceiveWebhook", nil, status.Error(codes.Unauthenticated, "signature: is wrong"))
	refused := s.do(t, "POST", tools+"/reload/webhook", "{}").expect(t, 401)
	if refused.header.Get("WWW-Authenticate") != webhookChallenge {
		t.Errorf("%v", refused.header)
	}
	for _, got := range []answer{created, refused, s.do(t, "GET", tools, ""), s.do(t, "GET", "/nothing", "")} {
		if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%d: %v", got.status, got.header)
		}
	}
}

func TestPagesOfListedOriginsMayUseTheAPI(t *testing.T) {
	const page, stranger = "https://console.example", "https://evil.example"
	s := &stack{catalog: newFake(), reload: newFake(), origins: []string{page}}
	s.startAll(t)
	preflight := s.do(t, "OPTIONS", tools+"/x", "", "Origin", page, "Access-Control-Request-Method", "PUT").expect(t, 204)
	if methods := preflight.header.Get("Access-Control-Allow-Methods"); !strings.Contains(methods, "PUT") ||
		!strings.Contains(preflight.header.Get("Access-Control-Allow-Headers"), "If-Match") {
		t.Errorf("%v", preflight.header)
	}
	for origin, status := range map[string]int{page: 201, stranger: 403} {
		read := s.do(t, "GET", tools, "", "Origin", origin).expect(t, 200)
		written := s.do(t, "POST", tools, "{}", "Origin", origin, "Sec-Fetch-Site", "cross-site").expect(t, status)
		for _, got := range []answer{read, written} {
			if allowed := got.header.Get("Access-Control-Allow-Origin"); (allowed == page) != (origin == page) {
				t.Errorf("%s: %q", origin, allowed)
			}
			if !strings.Contains(strings.Join(got.header.Values("Vary"), ","), "Origin") {
				t.Errorf("%s: %v", origin, got.header)
			}
		}
	}
	if refused := s.do(t, "OPTIONS", tools, "", "Origin", stranger, "Access-Control-Request-Method", "POST"); refused.header.
		Get("Access-Control-Allow-Methods") != "" {
		t.Error("a stranger may write")
	}
}

func TestListsOfOrigins(t *testing.T) {
	if got, err := parseOrigins("https://a.example, http://localhost:3000"); err != nil || len(got) != 2 {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "*", "null", "a.example", "https://a.example/", "https://A.example", "ftp://a", "https://a,"} {
		if got, err := parseOrigins(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestActorsHaveNamesInAnyLanguage(t *testing.T) {
	s := startStack(t)
	for actor, key := range map[string]string{"ann": "x-actor", "Jürgen": "x-actor-bin", "日志": "x-actor-bin"} {
		s.do(t, "PUT", tools+"/x", `{"description":"d"}`, "X-Actor", actor).expect(t, 200)
		calls := s.catalog.takeCalls()
		if got := calls[0].metadata.Get(key); len(got) != 1 || got[0] != actor {
			t.Errorf("%s: %v", actor, calls[0].metadata)
		}
	}
	for _, actor := range []string{"J\xfcrgen", "a\u0085b", strings.Repeat("ü", 2000)} {
		s.do(t, "GET", tools, "", "X-Actor", actor).expectError(t, 400, "X-Actor")
	}
}
