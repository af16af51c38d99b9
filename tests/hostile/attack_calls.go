package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"toolcatalog/tests/hostile/calls"
)

// connectHostile connects to a gRPC server as an attacker.
func connectHostile(address string) (*grpc.ClientConn, error) {
	return calls.Connect(address, grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
		return connectFrom(ctx, address)
	}))
}

// onService has `attack` work on a connection to a gRPC server. Counts the error if there is none.
func onService(address string, count *counter, attack func(service *grpc.ClientConn)) {
	service, err := connectHostile(address)
	if err != nil {
		count.add(err.Error(), 1)
		return
	}
	defer service.Close()
	attack(service)
}

// callCounted makes a call of the catalog, and counts its outcome by method and code.
func callCounted(ctx context.Context, service *grpc.ClientConn, count *counter, method string, request []byte) {
	err := calls.Unary(ctx, service, catalogService+method, request)
	count.add(method+" "+status.Code(err).String(), 1)
}

// hostileWeb answers a client of HTTP as an attacker.
func hostileWeb() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) { return connectFrom(ctx, address) }}}
}

// filterProfiles has 32 callers look through all profiles.
func filterProfiles(ctx context.Context, t target, count *counter) {
	onService(t.reload, count, func(service *grpc.ClientConn) {
		crowd(ctx, 32, func(ctx context.Context, _ int) {
			for ctx.Err() == nil {
				if err := calls.Unary(ctx, service, reloadService+"ListProfiles", text(7, "no-such-tag")); err != nil {
					count.add(status.Code(err).String(), 1)
					return
				}
				count.add("calls", 1)
			}
		})
	})
}

// writeCostly has 32 callers write a definition that takes long to check: one that is not stored, and one whose stored
// part is costly while the update is not.
func writeCostly(ctx context.Context, t target, count *counter) {
	onService(t.catalog, count, func(service *grpc.ClientConn) {
		costly := string(costlyTool("hostile-costly"))
		callCounted(ctx, service, count, "CreateTool", text(1, costly))
		crowd(ctx, 32, func(ctx context.Context, index int) {
			for i := 0; ctx.Err() == nil; i++ {
				callCounted(ctx, service, count, "CreateTool", join(text(1, costly), number(4, 1)))
				named := string(tool("hostile-costly", fmt.Sprintf("Written %d times by %d", i, index)))
				callCounted(ctx, service, count, "UpdateTool", join(text(1, named), text(2, string(text(1, "description")))))
			}
		})
	})
}

// listDense stores a tool with 100 versions of thousands of small values each, and has 32 callers list them, a third of
// them by REST.
func listDense(ctx context.Context, t target, count *counter) {
	onService(t.catalog, count, func(service *grpc.ClientConn) {
		const name = "hostile-dense"
		for version := range 100 {
			callCounted(ctx, service, count, "CreateTool", text(1, string(denseTool(name, fmt.Sprintf("%d.0", version)))))
		}
		lists := []struct {
			method  string
			request []byte
		}{
			{"ListToolVersions", text(1, name)},
			{"ListTools", join(number(1, 1), number(2, 100))},
			{"SearchTools", text(1, "hostile")},
			{"ListToolHistory", text(1, name)},
			{"ListChanges", nil},
		}
		paths := []string{"/api/v1/tools/" + name + "/versions", "/api/v1/tools?page=1&page_size=100"}
		web := hostileWeb()
		crowd(ctx, 32, func(ctx context.Context, index int) {
			for i := index; ctx.Err() == nil; i++ {
				if index%3 == 0 {
					path := paths[i%len(paths)]
					count.add("GET "+path+" "+get(ctx, web, t.gateway, path), 1)
					continue
				}
				list := lists[i%len(lists)]
				callCounted(ctx, service, count, list.method, list.request)
			}
		})
	})
}

// get makes a GET by REST and answers its status.
func get(ctx context.Context, web *http.Client, gateway, path string) string {
	request, err := http.NewRequestWithContext(ctx, "GET", "http://"+gateway+path, nil)
	if err != nil {
		return err.Error()
	}
	response, err := web.Do(request)
	if err != nil {
		return "connections lost"
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return "answers lost"
	}
	return response.Status
}

// promiseBodies promises the gateway bodies of 60 MiB, and sends a byte a second.
func promiseBodies(ctx context.Context, t target, count *counter) {
	head := fmt.Sprintf("POST /api/v1/tools/import HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n{", t.gateway, 60*mib)
	crowd(ctx, 500, func(ctx context.Context, _ int) {
		connection, err := dial(ctx, t.gateway)
		if err != nil {
			count.add("connections refused", 1)
			return
		}
		defer connection.Close()
		count.add("connections", 1)
		_, err = io.WriteString(connection, head)
		for err == nil && ctx.Err() == nil {
			wait(ctx, time.Second)
			_, err = io.WriteString(connection, " ")
		}
	})
}

// importTexts imports 50 texts of 60 MiB, each until it has succeeded once. Nothing is stored, so that the catalog does
// not grow.
func importTexts(ctx context.Context, t target, count *counter) {
	const imports, size = 50, 60 * mib
	var yaml strings.Builder
	for i := 0; yaml.Len() < size-5000; i++ {
		yaml.WriteString(definition(fmt.Sprintf("hostile-import-%05d", i), 4000))
	}
	onService(t.catalog, count, func(service *grpc.ClientConn) {
		web := hostileWeb()
		var running sync.WaitGroup
		for i := range imports {
			running.Go(func() {
				for ctx.Err() == nil {
					outcome := ""
					if i%2 == 0 {
						outcome = importByREST(ctx, web, t.gateway, yaml.String())
					} else {
						outcome = importByRPC(ctx, service, yaml.String())
					}
					if ctx.Err() != nil {
						count.add("unfinished", 1)
						return
					}
					count.add(outcome, 1)
					if outcome == "imported" {
						return
					}
					wait(ctx, 500*time.Millisecond)
				}
			})
		}
		running.Wait()
	})
}

// importByREST answers "imported", or why the import was refused.
func importByREST(ctx context.Context, web *http.Client, gateway, yaml string) string {
	request, err := http.NewRequestWithContext(ctx, "POST", "http://"+gateway+"/api/v1/import?validate_only=true",
		strings.NewReader(yaml))
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Content-Type", "application/yaml")
	response, err := web.Do(request)
	if err != nil {
		return "connections lost"
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body)
	if response.StatusCode == http.StatusOK {
		return "imported"
	}
	return "REST " + response.Status
}

// importByRPC does the same as a stream of pieces.
func importByRPC(ctx context.Context, service *grpc.ClientConn, yaml string) string {
	stream, err := service.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, catalogService+"StreamImport",
		calls.Bytes())
	if err != nil {
		return status.Code(err).String()
	}
	part := text(1, string(number(2, 1)))
	for rest := yaml; err == nil; {
		if err = stream.SendMsg(&part); rest == "" {
			break
		}
		length := min(len(rest), mib)
		part, rest = text(2, rest[:length]), rest[length:]
	}
	stream.CloseSend()
	var answer []byte
	if err := stream.RecvMsg(&answer); status.Code(err) != codes.OK {
		return "gRPC " + status.Code(err).String()
	}
	return "imported"
}
