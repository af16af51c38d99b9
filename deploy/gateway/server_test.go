package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// asGateway makes the test binary behave as the gateway: that is how the tests start a process of their own.
const asGateway = "TOOLCATALOG_TEST_AS_GATEWAY"

func TestMain(m *testing.M) {
	if os.Getenv(asGateway) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestBackendDownIs503AndComesBack(t *testing.T) {
	s := &stack{catalog: newFake(), reload: newFake()}
	s.reload.start(t, "127.0.0.1:0")
	s.catalog.address = closedAddress(t)
	s.serve(t)
	start := time.Now()
	for range 20 {
		got := s.do(t, "GET", tools, "")
		got.expectError(t, 503, "catalog")
		if strings.Contains(got.body, s.catalog.address) {
			t.Errorf("an inner address in %s", got.body)
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("20 refusals took %v", took)
	}
	s.do(t, "GET", "/api/v1/changes/watch", "").expectError(t, 503, "catalog")
	s.do(t, "GET", "/api/v1/profiles", "").expect(t, 200)
	s.catalog.start(t, s.catalog.address)
	start = time.Now()
	await(t, "the catalog is found", func() bool { return s.do(t, "GET", tools, "").status == 200 })
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the catalog was found after %v", took)
	}
}

func TestAStatusOfTheServiceKeepsItsMessage(t *testing.T) {
	s := startStack(t)
	s.reload.answer("GetProfile", nil, status.Error(codes.Unavailable, "no profiles loaded yet"))
	s.do(t, "GET", "/api/v1/profiles/x", "").expectError(t, 503, "no profiles loaded yet")
}

func TestAccessLogHasALineARequest(t *testing.T) {
	s := startStack(t)
	s.do(t, "PUT", tools+"/x?version=1", "{}", "X-Actor", "ann", "X-Request-Id", "r1")
	var line struct {
		Msg, Method, Path, Peer, Actor string
		RequestID                      string `json:"request_id"`
		Status                         int
		DurationMs                     *float64 `json:"duration_ms"`
	}
	await(t, "the access log line", func() bool {
		for text := range strings.SplitSeq(s.log.String(), "\n") {
			if strings.Contains(text, `"msg":"request"`) {
				return json.Unmarshal([]byte(text), &line) == nil
			}
		}
		return false
	})
	if line.Method != "PUT" || line.Path != tools+"/x" || line.Status != 200 || line.RequestID != "r1" ||
		line.Actor != "ann" || line.Peer == "" || line.DurationMs == nil {
		t.Errorf("logged %+v", line)
	}
}

func TestHeadersAreLimited(t *testing.T) {
	s := startStack(t)
	if got := s.do(t, "GET", tools, "", "X-Big", strings.Repeat("a", 160<<10)); got.status != 431 {
		t.Errorf("status %d, want 431", got.status)
	}
}

func TestFlags(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	both := []string{"--catalog", "127.0.0.1:1", "--reload", "127.0.0.1:1"}
	for _, test := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"--version"}, 0, "toolcatalog-gateway " + version + " (" + commit + ")\n", ""},
		{[]string{"--help"}, 0, "--listen HOST:PORT", ""},
		{nil, 1, "", "--listen: is required"},
		{[]string{"--listen", "127.0.0.1:0", "--reload", "x:1"}, 1, "", "--catalog: is required"},
		{append(both, "--listen", "8080"), 1, "", `--listen: must be HOST:PORT, got "8080"`},
		{append(both, "--listen", "127.0.0.1:99999"), 1, "", `port must be from 0 to 65535, got "99999"`},
		{append(both, "--listen", "127.0.0.1:0", "--bogus"), 1, "", "-bogus"},
		{append(both, "--listen", "127.0.0.1:0", "--allowed-hosts", "http://a"), 1, "", `--allowed-hosts: must be names`},
		{append(both, "--listen", "127.0.0.1:0", "--memory-limit-mib", "63"), 1, "", `--memory-limit-mib: must be from 64`},
		{append(both, "--listen", "127.0.0.1:0", "--memory-limit-mib", "0"), 1, "", `got 0`},
		{append(both, "--listen", "127.0.0.1:0", "--memory-limit-mib", "many"), 1, "", `many`},
		{append(both, "--listen", "127.0.0.1:0", "extra"), 1, "", `unknown argument "extra"`},
		{append(both, "--listen", taken.Addr().String()), 1, "", "cannot listen on \"" + taken.Addr().String() + "\": address already in use"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), test.args, &stdout, &stderr)
		if code != test.code || !strings.Contains(stdout.String(), test.stdout) ||
			!strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", test.args, code, &stdout, &stderr)
		}
		if strings.Count(stderr.String(), "\n") > 1 {
			t.Errorf("%v: more than one line: %s", test.args, &stderr)
		}
	}
}

func TestTheBuildKnowsItsVersion(t *testing.T) {
	text, err := os.ReadFile("../../VERSION")
	if err != nil || !regexp.MustCompile(`^\d+\.\d+\.\d+\n$`).Match(text) {
		t.Fatalf("the file VERSION has %q, %v", text, err)
	}
	got, err := exec.Command("../../.build/gateway/gateway", "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s; run deploy/gateway/build first", err, got)
	}
	want := regexp.QuoteMeta("toolcatalog-gateway " + strings.TrimSpace(string(text)))
	if !regexp.MustCompile(`^` + want + ` \(([0-9a-f]{12}|unknown)\)\n$`).Match(got) {
		t.Errorf("--version prints %q", got)
	}
}

func TestProcessExitsWithin5sOfSIGTERM(t *testing.T) {
	s := &stack{catalog: newFake(), reload: newFake()}
	s.catalog.start(t, "127.0.0.1:0")
	s.reload.start(t, "127.0.0.1:0")
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		if err := stream.Send(&pb.WatchToolsResponse{}); err != nil {
			return err
		}
		<-stream.Context().Done()
		return nil
	}
	stuck := make(chan struct{})
	s.catalog.answerWith("GetTool", func(ctx context.Context) (proto.Message, error) {
		close(stuck)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	s.log = &lines{}
	process := exec.Command(os.Args[0],
		"--listen", "127.0.0.1:0", "--catalog", s.catalog.address, "--reload", s.reload.address)
	process.Env = append(os.Environ(), asGateway+"=1")
	process.Stderr = s.log
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "the serving line", func() bool {
		for text := range strings.SplitSeq(s.log.String(), "\n") {
			var line struct{ Msg, Address string }
			if json.Unmarshal([]byte(text), &line) == nil && line.Msg == "serving" {
				s.url = "http://" + line.Address
			}
		}
		return s.url != ""
	})
	for range 10 {
		_, reader, _ := s.openStream(t, "/api/v1/changes/watch")
		readLine(t, reader)
	}
	go func() { // never answered
		if connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")); err == nil {
			connection.Write([]byte("GET " + tools + "/x HTTP/1.1\r\nHost: localhost\r\n\r\n"))
		}
	}()
	<-stuck
	start := time.Now()
	process.Process.Signal(syscall.SIGTERM)
	if err := process.Wait(); err != nil {
		t.Errorf("exit: %v\n%s", err, s.log)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v to exit", took)
	}
	for text := range strings.SplitSeq(strings.TrimSpace(s.log.String()), "\n") {
		if !json.Valid([]byte(text)) {
			t.Errorf("not a JSON line: %s", text)
		}
	}
}
