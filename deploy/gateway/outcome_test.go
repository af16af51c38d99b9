package main

import (
	"context"
	"io"
	"maps"
	"net"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// relay passes connections on to an address until it is cut, which resets them all and refuses further ones.
type relay struct {
	listener net.Listener
	mu       sync.Mutex
	open     []*net.TCPConn
}

func startRelay(t *testing.T, to string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: listener}
	t.Cleanup(r.cut)
	go func() {
		for near, err := listener.Accept(); err == nil; near, err = listener.Accept() {
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			r.mu.Lock()
			r.open = append(r.open, near.(*net.TCPConn), far.(*net.TCPConn))
			r.mu.Unlock()
			go io.Copy(near, far)
			go io.Copy(far, near)
		}
	}()
	return r
}

func (r *relay) cut() {
	r.listener.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, connection := range r.open {
		connection.SetLinger(0)
		connection.Close()
	}
}

// startRelayedStack is a stack whose catalog can be cut off.
func startRelayedStack(t *testing.T) (*stack, *relay) {
	t.Helper()
	s := &stack{catalog: newFake(), reload: newFake()}
	s.catalog.start(t, "127.0.0.1:0")
	s.reload.start(t, "127.0.0.1:0")
	r := startRelay(t, s.catalog.address)
	s.catalog.address = r.listener.Addr().String()
	s.serve(t)
	return s, r
}

// detailOf is what tells of a service that cannot be reached, and of the outcome of a mutation unless empty.
func detailOf(service, outcome string) string {
	if outcome != "" {
		outcome = `"outcome":"` + outcome + `",`
	}
	return `"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_UNAVAILABLE",` +
		`"domain":"toolcatalog","metadata":{` + outcome + `"service":"` + service + `"}}]`
}

func TestACallWhoseServiceGoesAwaySaysSo(t *testing.T) {
	for _, test := range []struct{ rpc, method, path, detail string }{
		{"CreateTool", "POST", tools, detailOf("catalog", outcomeUnknown)},
		{"UpdateTool", "PUT", tools + "/x", detailOf("catalog", outcomeUnknown)},
		{"DeleteTool", "DELETE", tools + "/x", detailOf("catalog", outcomeUnknown)},
		{"StreamImport", "POST", tools + "/import", detailOf("catalog", outcomeUnknown)},
		{"RollbackTool", "POST", tools + "/x/rollback", detailOf("catalog", outcomeUnknown)},
		{"ExportTools", "POST", tools + "/export", detailOf("catalog", "")},
		{"GetTool", "GET", tools + "/x", detailOf("catalog", "")},
	} {
		t.Run(test.rpc, func(t *testing.T) {
			s, relay := startRelayedStack(t)
			s.catalog.answerWith(test.rpc, func(ctx context.Context) (proto.Message, error) {
				relay.cut()
				<-ctx.Done()
				return nil, ctx.Err()
			})
			got := s.do(t, test.method, test.path, "{}")
			got.expectError(t, 503, "the catalog service went away before it answered in full; try again later")
			got.expect(t, 503, test.detail)
		})
	}
}

func TestACallWhoseServiceIsNotThereSaysSo(t *testing.T) {
	s := &stack{catalog: newFake(), reload: newFake()}
	s.reload.start(t, "127.0.0.1:0")
	s.catalog.address = closedAddress(t)
	s.serve(t)
	for _, test := range []struct{ method, path, detail string }{
		{"POST", tools, detailOf("catalog", notExecuted)},
		{"PUT", tools + "/x", detailOf("catalog", notExecuted)},
		{"GET", tools + "/x", detailOf("catalog", "")},
		{"GET", "/api/v1/changes/watch", detailOf("catalog", "")},
	} {
		got := s.do(t, test.method, test.path, "")
		got.expectError(t, 503, "the catalog service is not reachable; try again later")
		got.expect(t, 503, test.detail)
	}
}

func TestAMutationThatIsUnavailableHasAnOutcome(t *testing.T) {
	s := startStack(t)
	s.catalog.answer("UpdateTool", nil, status.Error(codes.Unavailable, "Cancelling all calls"))
	s.do(t, "PUT", tools+"/x", "{}").expect(t, 503, "Cancelling all calls", detailOf("catalog", outcomeUnknown))
	own := refuse(serviceUnavailable, "no connection").with("service", "database").with("outcome", notExecuted)
	s.catalog.answer("UpdateTool", nil, own)
	s.do(t, "PUT", tools+"/x", "{}").expect(t, 503, "no connection", detailOf("database", notExecuted))
	untold := refuse(gatewayStopping, "going away").with("service", "database")
	s.catalog.answer("UpdateTool", nil, untold)
	s.do(t, "PUT", tools+"/x", "{}").expect(t, 503, `"reason":"GATEWAY_STOPPING"`,
		`"metadata":{"outcome":"OUTCOME_UNKNOWN","service":"database"}`)
	s.reload.answer("TriggerReload", nil, status.Error(codes.Unavailable, "not loaded yet"))
	s.do(t, "POST", tools+"/reload", "").expect(t, 503, "not loaded yet", `"reason":"SERVICE_UNAVAILABLE"`, `"metadata":{}`)
}

func TestAStreamWhoseServiceGoesAwaySaysSoInItsLastLine(t *testing.T) {
	s, relay := startRelayedStack(t)
	s.catalog.watchTools = func(_ *pb.WatchToolsRequest, stream pb.CatalogService_WatchToolsServer) error {
		if err := stream.Send(&pb.WatchToolsResponse{Revision: 1}); err != nil {
			return err
		}
		<-stream.Context().Done()
		return nil
	}
	_, reader, _ := s.openStream(t, "/api/v1/changes/watch")
	readLine(t, reader)
	relay.cut()
	want := `{"error":{"code":14,"message":"the catalog service went away before it answered in full; try again later",` +
		detailOf("catalog", "") + "}}\n"
	if got := readLine(t, reader); got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestMutationsAreTheMethodsThatChangeTheCatalog(t *testing.T) {
	want := map[string]bool{
		pb.CatalogService_CreateTool_FullMethodName:         true,
		pb.CatalogService_UpdateTool_FullMethodName:         true,
		pb.CatalogService_DeleteTool_FullMethodName:         true,
		pb.CatalogService_EnableTool_FullMethodName:         true,
		pb.CatalogService_DisableTool_FullMethodName:        true,
		pb.CatalogService_PromoteToolVersion_FullMethodName: true,
		pb.CatalogService_RollbackTool_FullMethodName:       true,
		pb.CatalogService_ImportTools_FullMethodName:        true,
		pb.CatalogService_StreamImport_FullMethodName:       true,
	}
	if !maps.Equal(mutations, want) {
		t.Errorf("mutations are %v, want %v", mutations, want)
	}
}
