package main

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

const deadline = 30 * time.Second

// call is a unary call that a fake service received.
type call struct {
	method   string
	request  proto.Message
	metadata metadata.MD
	deadline time.Duration
}

// fake stands in for both services: it records unary calls and answers what the test laid down, else the empty message.
type fake struct {
	pb.UnimplementedCatalogServiceServer
	pb.UnimplementedReloadServiceServer
	watchTools   func(*pb.WatchToolsRequest, pb.CatalogService_WatchToolsServer) error
	watchReloads func(*pb.WatchReloadsRequest, pb.ReloadService_WatchReloadsServer) error
	streamExport func(*pb.StreamExportRequest, pb.CatalogService_StreamExportServer) error
	// refuseImport ends an import stream at its first message.
	refuseImport error
	health       *health.Server
	address      string

	mu      sync.Mutex
	calls   []call
	answers map[string]func(context.Context) (proto.Message, error)
}

func (f *fake) WatchTools(request *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
	return f.watchTools(request, stream)
}

func (f *fake) WatchReloads(request *pb.WatchReloadsRequest, stream pb.ReloadService_WatchReloadsServer) error {
	return f.watchReloads(request, stream)
}

func (f *fake) StreamExport(request *pb.StreamExportRequest, stream pb.CatalogService_StreamExportServer) error {
	return f.streamExport(request, stream)
}

// answer lays down what a method answers, by its short name.
func (f *fake) answer(method string, message proto.Message, err error) {
	f.answerWith(method, func(context.Context) (proto.Message, error) { return message, err })
}

func (f *fake) answerWith(method string, answer func(context.Context) (proto.Message, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[method] = answer
}

func (f *fake) intercept(ctx context.Context, request any, info *grpc.UnaryServerInfo,
	handler grpc.UnaryHandler) (any, error) {
	if strings.HasPrefix(info.FullMethod, "/grpc.health") {
		return handler(ctx, request)
	}
	return f.receive(ctx, info.FullMethod, request.(proto.Message))
}

// receive records a call and answers it.
func (f *fake) receive(ctx context.Context, fullMethod string, request proto.Message) (proto.Message, error) {
	method := fullMethod[strings.LastIndex(fullMethod, "/")+1:]
	md, _ := metadata.FromIncomingContext(ctx)
	received := call{method: method, request: request, metadata: md}
	if end, ok := ctx.Deadline(); ok {
		received.deadline = time.Until(end)
	}
	f.mu.Lock()
	f.calls = append(f.calls, received)
	answer := f.answers[method]
	f.mu.Unlock()
	if answer != nil {
		return answer(ctx)
	}
	return emptyAnswer(fullMethod), nil
}

func emptyAnswer(fullMethod string) proto.Message {
	name := protoreflect.FullName(strings.ReplaceAll(fullMethod[1:], "/", "."))
	descriptor, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		panic(err)
	}
	output, err := protoregistry.GlobalTypes.FindMessageByName(
		descriptor.(protoreflect.MethodDescriptor).Output().FullName(),
	)
	if err != nil {
		panic(err)
	}
	return output.New().Interface()
}

// takeCalls returns what was received since the last time.
func (f *fake) takeCalls() []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := f.calls
	f.calls = nil
	return calls
}

// start serves on the address until the test ends.
func (f *fake) start(t *testing.T, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(f.intercept), grpc.MaxRecvMsgSize(maxRequestBytes))
	pb.RegisterCatalogServiceServer(server, f)
	pb.RegisterReloadServiceServer(server, f)
	grpc_health_v1.RegisterHealthServer(server, f.health)
	f.address = listener.Addr().String()
	go server.Serve(listener)
	t.Cleanup(server.Stop)
}

func newFake() *fake {
	return &fake{health: health.NewServer(), answers: map[string]func(context.Context) (proto.Message, error){}}
}

// stack is a gateway on a real socket in front of two fakes.
type stack struct {
	catalog, reload *fake
	url             string
	log             *lines
	// These replace the usual ones unless zero.
	bodyTimeouts   bodyTimeouts
	answerTimeouts answerTimeouts
	memory         int64
	connections    int
	allowedHosts   []string
	origins        []string
	gateway        *server
	// stop begins the drain; stopped has the result of serve.
	stop    context.CancelFunc
	stopped chan error
}

func startStack(t *testing.T) *stack {
	t.Helper()
	s := &stack{catalog: newFake(), reload: newFake()}
	s.catalog.start(t, "127.0.0.1:0")
	s.reload.start(t, "127.0.0.1:0")
	s.serve(t)
	return s
}

func (s *stack) serve(t *testing.T) {
	t.Helper()
	s.log = &lines{}
	settings := settings{catalog: s.catalog.address, reload: s.reload.address, allowedHosts: s.allowedHosts, origins: s.origins,
		limits: limitsOf(cmp.Or(s.memory, 4<<30))}
	if s.connections != 0 {
		settings.limits.connections = s.connections
	}
	server, err := newServer(settings, slog.New(slog.NewJSONHandler(s.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.gateway = server
	if s.answerTimeouts != (answerTimeouts{}) {
		server.api.answerTimeouts = s.answerTimeouts
	}
	if s.bodyTimeouts != (bodyTimeouts{}) {
		server.api.bodyTimeouts = s.bodyTimeouts
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop, cancel := context.WithCancel(context.Background())
	s.stop, s.stopped, s.url = cancel, make(chan error, 1), "http://"+listener.Addr().String()
	ended := make(chan struct{})
	go func() {
		s.stopped <- server.serve(stop, listener)
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// lines collects log output.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request; headers are alternating names and values.
func (s *stack) do(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// expect checks status and that the body has all parts.
func (a answer) expect(t *testing.T, status int, parts ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Errorf("no %q in %s", part, a.body)
		}
	}
	return a
}

// onlyCall is the one call that the fake received since the last time.
func onlyCall[T proto.Message](t *testing.T, f *fake) (T, call) {
	t.Helper()
	calls := f.takeCalls()
	if len(calls) != 1 {
		t.Fatalf("%d calls, want 1", len(calls))
	}
	request, ok := calls[0].request.(T)
	if !ok {
		t.Fatalf("received %s with a %T", calls[0].method, calls[0].request)
	}
	return request, calls[0]
}

// await waits until the condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !condition(); {
		if time.Now().After(end) {
			t.Fatalf("gave up waiting: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
