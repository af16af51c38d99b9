package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"

	"toolcatalog/tests/hostile/calls"
)

const (
	honestTool = "hostile-honest"
	// pause is how long the honest client waits from one call to the next of its kind.
	pause = 50 * time.Millisecond
	// patience bounds each of its calls.
	patience = 5 * time.Second
)

// operation is a call that the honest client makes again and again.
type operation struct {
	name string
	call func(ctx context.Context) error
}

// honestClient has connections of its own to the stack.
type honestClient struct {
	gateway         string
	http            *http.Client
	catalog, reload *grpc.ClientConn
}

func newHonestClient(t target) (*honestClient, error) {
	c := &honestClient{gateway: "http://" + t.gateway, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}}
	var err error
	if c.catalog, err = calls.Connect(t.catalog); err == nil {
		c.reload, err = calls.Connect(t.reload)
	}
	return c, err
}

func (c *honestClient) close() {
	c.http.CloseIdleConnections()
	c.catalog.Close()
	c.reload.Close()
}

// rest makes a call at the gateway.
func (c *honestClient) rest(ctx context.Context, method, path, contentType, body string) error {
	request, err := http.NewRequestWithContext(ctx, method, c.gateway+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", contentType)
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", response.Status, answer)
	}
	return err
}

// operations are what the client does: it reads a profile, reads a tool and writes a tool, each by REST and by gRPC.
func (c *honestClient) operations() []operation {
	named := text(1, honestTool)
	rest := func(method, path, body string) func(context.Context) error {
		return func(ctx context.Context) error { return c.rest(ctx, method, path+honestTool, "application/json", body) }
	}
	rpc := func(service *grpc.ClientConn, method string, request []byte) func(context.Context) error {
		return func(ctx context.Context) error { return calls.Unary(ctx, service, method, request) }
	}
	update := join(text(1, string(join(named, text(3, "Written by gRPC")))), text(2, string(text(1, "description"))))
	return []operation{
		{"profile, REST", rest("GET", "/api/v1/profiles/", "")},
		{"profile, gRPC", rpc(c.reload, reloadService+"GetProfile", named)},
		{"tool, REST", rest("GET", "/api/v1/tools/", "")},
		{"tool, gRPC", rpc(c.catalog, catalogService+"GetTool", named)},
		{"write, REST", rest("PUT", "/api/v1/tools/", `{"description": "Written by REST"}`)},
		{"write, gRPC", rpc(c.catalog, catalogService+"UpdateTool", update)},
	}
}

// prepare makes the tool that the client works on, and so many further tools of 2 KiB, and waits for the profile.
func (c *honestClient) prepare(ctx context.Context, tools int) error {
	var yaml strings.Builder
	yaml.WriteString(definition(honestTool, 100))
	for i := range tools {
		yaml.WriteString(definition(fmt.Sprintf("hostile-%05d", i), 2<<10))
	}
	path := "/api/v1/import?" + url.Values{"overwrite": {"true"}}.Encode()
	if err := c.rest(ctx, "POST", path, "application/yaml", yaml.String()); err != nil {
		return fmt.Errorf("import of the tools: %w", err)
	}
	for {
		err := c.rest(ctx, "GET", "/api/v1/profiles/"+honestTool, "application/json", "")
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(pause)
	}
}

// measurement is what the calls of one operation took.
type measurement struct {
	took   []time.Duration // sorted
	errors []error
}

func (m measurement) quantile(part float64) time.Duration {
	if len(m.took) == 0 {
		return 0
	}
	return m.took[min(int(part*float64(len(m.took))), len(m.took)-1)]
}

// measure makes the operations until ctx is done, each on a goroutine of its own.
func measure(ctx context.Context, operations []operation) []measurement {
	measurements := make([]measurement, len(operations))
	var running sync.WaitGroup
	for i, operation := range operations {
		running.Go(func() { measurements[i] = repeat(ctx, operation) })
	}
	running.Wait()
	return measurements
}

func repeat(ctx context.Context, operation operation) measurement {
	var m measurement
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		begin := time.Now()
		if err := once(operation); err != nil {
			m.errors = append(m.errors, err)
		}
		m.took = append(m.took, time.Since(begin))
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	slices.Sort(m.took)
	return m
}

// once makes a call to its end.
func once(operation operation) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return operation.call(ctx)
}
