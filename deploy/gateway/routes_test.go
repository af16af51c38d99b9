package main

import (
	"net/http"
	"strings"
	"testing"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

const tools = "/api/v1/tools"

func TestEveryRouteReachesItsMethod(t *testing.T) {
	s := startStack(t)
	for _, test := range []struct {
		method, path, rpc string
		catalog           bool
	}{
		{"GET", tools, "ListTools", true},
		{"POST", tools, "CreateTool", true},
		{"GET", tools + "/grep", "GetTool", true},
		{"PUT", tools + "/grep", "UpdateTool", true},
		{"PATCH", tools + "/grep", "UpdateTool", true},
		{"DELETE", tools + "/grep", "DeleteTool", true},
		{"PATCH", tools + "/grep/enable", "EnableTool", true},
		{"PATCH", tools + "/grep/disable", "DisableTool", true},
		{"GET", tools + "/grep/versions", "ListToolVersions", true},
		{"GET", tools + "/platform/linux", "ListTools", true},
		{"GET", tools + "/category/system", "ListTools", true},
		{"POST", tools + "/import", "StreamImport", true},
		{"POST", tools + "/bulk-import", "StreamImport", true},
		{"POST", "/api/v1/import", "StreamImport", true},
		{"GET", "/api/v1/changes", "ListChanges", true},
		{"POST", tools + "/grep/promote", "PromoteToolVersion", true},
		{"POST", tools + "/grep/rollback", "RollbackTool", true},
		{"GET", tools + "/grep/history", "ListToolHistory", true},
		{"POST", tools + "/grep/validate", "ValidateTool", true},
		{"POST", tools + "/validate", "ValidateTool", true},
		{"GET", tools + "/search?q=x", "SearchTools", true},
		{"GET", tools + "/search/query?q=x", "SearchTools", true},
		{"GET", "/api/v1/capabilities", "ListCapabilities", true},
		{"GET", tools + "/capabilities/list", "ListCapabilities", true},
		{"GET", "/api/v1/capabilities/reading/tools", "ListCapabilityTools", true},
		{"GET", tools + "/capabilities/reading/tools", "ListCapabilityTools", true},
		{"POST", tools + "/export", "ExportTools", true},
		{"POST", tools + "/reload", "TriggerReload", false},
		{"GET", tools + "/reload/history", "ListReloadEvents", false},
		{"GET", tools + "/reload/statistics", "GetReloadStatistics", false},
		{"POST", tools + "/reload/invalidate", "InvalidateCache", false},
		{"POST", tools + "/reload/webhook", "ReceiveWebhook", false},
		{"POST", tools + "/reload/freeze", "Freeze", false},
		{"POST", tools + "/reload/thaw", "Thaw", false},
		{"PUT", tools + "/reload/periodic", "SetPeriodicReload", false},
		{"GET", tools + "/reload/hooks", "ListHooks", false},
		{"POST", tools + "/reload/hooks", "CreateHook", false},
		{"DELETE", tools + "/reload/hooks/ci", "DeleteHook", false},
		{"GET", tools + "/reload/hooks/dead-letters", "ListDeadLetters", false},
		{"GET", "/api/v1/replicas", "ListReplicas", true},
		{"GET", "/api/v1/revision/wait?revision=5&all=true", "WaitForRevision", false},
		{"GET", "/api/v1/profiles", "ListProfiles", false},
		{"GET", "/api/v1/profiles/grep", "GetProfile", false},
		// Names of fixed paths in another spelling than the template's.
		{"GET", tools + "/re%6Coad/history", "ListReloadEvents", false},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			got := s.do(t, test.method, test.path, "")
			if got.status >= 300 {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			service, other := s.catalog, s.reload
			if !test.catalog {
				service, other = other, service
			}
			calls := service.takeCalls()
			if len(calls) != 1 || calls[0].method != test.rpc || len(other.takeCalls()) != 0 {
				t.Errorf("received %v, want one %s", calls, test.rpc)
			}
		})
	}
	// The gateway's own paths, and the streams (stream_test.go), are literal too.
	s.do(t, "GET", tools+"/health", "").expect(t, 200, `"healthy"`)
	s.do(t, "GET", "/openapi.json", "").expect(t, 200, `"openapi"`)
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("own paths reached the catalog: %v", calls)
	}
}

// Where a literal path and one with a variable match, the literal one serves: all of them, as the protos grow.
func TestEveryLiteralPathReachesItsMethod(t *testing.T) {
	s := startStack(t)
	var streamed string
	s.catalog.watchTools = func(*pb.WatchToolsRequest, pb.CatalogService_WatchToolsServer) error {
		streamed = "WatchTools"
		return nil
	}
	s.catalog.streamExport = func(*pb.StreamExportRequest, pb.CatalogService_StreamExportServer) error {
		streamed = "StreamExport"
		return nil
	}
	s.reload.watchReloads = func(*pb.WatchReloadsRequest, pb.ReloadService_WatchReloadsServer) error {
		streamed = "WatchReloads"
		return nil
	}
	for _, r := range newRouteTable() {
		if r.rpc == nil || !r.literal() {
			continue
		}
		streamed = ""
		got := s.do(t, r.method, r.template, "")
		reached := streamed
		for _, call := range append(s.catalog.takeCalls(), s.reload.takeCalls()...) {
			reached += call.method
		}
		want := string(r.rpc.Name())
		if want == "ImportTools" { // its text goes on in pieces
			want = "StreamImport"
		}
		if got.status >= 300 || reached != want {
			t.Errorf("%s %s: status %d, reached %q, want %s", r.method, r.template, got.status, reached, want)
		}
	}
}

func TestWrongMethodIs405WithAllow(t *testing.T) {
	s := startStack(t)
	for _, test := range []struct{ method, path, allow string }{
		{"DELETE", tools, "GET, POST"},
		{"PUT", tools, "GET, POST"},
		{"POST", tools + "/grep", "DELETE, GET, PATCH, PUT"},
		{"GET", tools + "/grep/enable", "PATCH"},
		{"PUT", tools + "/grep/enable", "PATCH"},
		{"POST", tools + "/grep/versions", "GET"},
		// Fixed paths are no tool's name, whatever the method.
		{"GET", tools + "/reload", "POST"},
		{"DELETE", tools + "/reload", "POST"},
		{"PUT", tools + "/import", "POST"},
		{"GET", tools + "/bulk-import", "POST"},
		{"POST", tools + "/reload/history", "GET"},
		{"POST", tools + "/reload/watch", "GET"},
		{"GET", tools + "/reload/invalidate", "POST"},
		{"GET", tools + "/reload/webhook", "POST"},
		{"GET", tools + "/reload/freeze", "POST"},
		{"PUT", tools + "/reload/thaw", "POST"},
		{"PATCH", tools + "/reload/periodic", "PUT"},
		{"POST", tools + "/reload/periodic", "PUT"},
		{"DELETE", tools + "/reload/hooks", "GET, POST"},
		{"GET", tools + "/reload/hooks/ci", "DELETE"},
		{"DELETE", tools + "/reload/hooks/dead-letters", "GET"},
		{"POST", "/api/v1/replicas", "GET"},
		{"POST", "/api/v1/revision/wait", "GET"},
		{"POST", tools + "/health", "GET"},
		{"POST", "/api/v1/profiles", "GET"},
		{"POST", "/api/v1/changes/watch", "GET"},
		{"POST", tools + "/search", "GET"},
		{"DELETE", tools + "/search", "GET"},
		{"PUT", tools + "/search/query", "GET"},
		{"GET", tools + "/validate", "POST"},
		{"DELETE", tools + "/validate", "POST"},
		{"GET", tools + "/export", "POST"},
		{"PUT", tools + "/export", "POST"},
		{"POST", "/api/v1/export", "GET"},
		{"POST", tools + "/capabilities/list", "GET"},
		{"DELETE", "/api/v1/capabilities", "GET"},
		{"POST", "/api/v1/capabilities/reading/tools", "GET"},
		{"GET", tools + "/grep/promote", "POST"},
		{"PUT", tools + "/grep/promote", "POST"},
		{"GET", tools + "/grep/rollback", "POST"},
		{"GET", tools + "/grep/validate", "POST"},
		{"POST", tools + "/grep/history", "GET"},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			got := s.do(t, test.method, test.path, "")
			want := strings.Join(withCommon(strings.Split(test.allow, ", ")), ", ")
			got.expectError(t, http.StatusMethodNotAllowed, test.method, want)
			if allow := got.header.Get("Allow"); allow != want {
				t.Errorf("Allow %q, want %q", allow, want)
			}
		})
	}
}

func TestPostIsNeverAnsweredAsAnotherMethod(t *testing.T) {
	s := startStack(t)
	form := "application/x-www-form-urlencoded"
	s.do(t, "POST", tools+"/grep", "", "Content-Type", form).expectError(t, 405)
	s.do(t, "POST", tools+"/grep", "", "Content-Type", form, "X-HTTP-Method-Override", "DELETE").expectError(t, 405)
	s.do(t, "POST", tools, "", "X-HTTP-Method-Override", "GET").expect(t, 201)
	if calls := s.catalog.takeCalls(); len(calls) != 1 || calls[0].method != "CreateTool" {
		t.Errorf("received %v", calls)
	}
}

func TestPathsAreTakenAsTheyAre(t *testing.T) {
	s := startStack(t)
	for _, path := range []string{
		"/", "//", "/api/v1/nothing", "/api//v1/tools", tools + "//grep", tools + "/../../evil", tools + "/grep/",
		tools + "/a/b/c", "/openapi.json/", tools + "/", tools + "/platform/", tools + "/category/",
	} {
		s.do(t, "GET", path, "").expectError(t, 404, "path: ")
	}
	// One segment, so it is a name, for the catalog to refuse.
	for path, name := range map[string]string{
		tools + "/..":               "..",
		tools + "/..%2F..%2Fevil":   "../../evil",
		tools + "/%2e%2e%2f..%2fx":  "../../x",
		tools + "/a%252Fb":          "a%2Fb",
		tools + "/a+b":              "a+b",
		tools + "/a%20b":            "a b",
		tools + "/caf%C3%A9":        "café",
		tools + "/name:with:colons": "name:with:colons",
	} {
		s.do(t, "GET", path, "").expect(t, 200)
		request, _ := onlyCall[interface {
			GetToolName() string
			protoMessage
		}](t, s.catalog)
		if request.GetToolName() != name {
			t.Errorf("%s: name %q, want %q", path, request.GetToolName(), name)
		}
	}
	s.do(t, "GET", tools+"/caf%E9", "").expectError(t, 400, "path", "UTF-8")
	s.do(t, "GET", "/nowhere/%ff", "").expectError(t, 400, "path", "UTF-8")
}
