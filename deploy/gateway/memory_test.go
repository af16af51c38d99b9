package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// smallMemory gives the calls in flight 40 MiB, large ones 35 of them.
const smallMemory = 64 << 20

// startSmallStack is a gateway with little memory.
func startSmallStack(t *testing.T) *stack {
	t.Helper()
	s := &stack{catalog: newFake(), reload: newFake(), memory: smallMemory}
	s.startAll(t)
	return s
}

// startAll starts the fakes and the gateway as it is set up.
func (s *stack) startAll(t *testing.T) {
	t.Helper()
	s.catalog.start(t, "127.0.0.1:0")
	s.reload.start(t, "127.0.0.1:0")
	s.serve(t)
}

func (s *stack) held() int64 {
	budget := s.gateway.api.budget
	budget.mu.Lock()
	defer budget.mu.Unlock()
	return budget.held
}

// allGivenBack waits until no call holds anything.
func (s *stack) allGivenBack(t *testing.T) {
	t.Helper()
	await(t, "all memory is given back", func() bool { return s.held() == 0 })
}

// dial opens a connection, which ends with the test.
func (s *stack) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	return s.dialFrom(t, "127.0.0.1")
}

// dialFrom connects as the caller at this address.
func (s *stack) dialFrom(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	connection, err := dialer.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	connection.SetDeadline(time.Now().Add(deadline))
	return connection.(*net.TCPConn)
}

// send begins a POST with a body of so many bytes.
func send(t *testing.T, connection net.Conn, path string, promised int, body string) {
	t.Helper()
	_, err := fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s", path, promised, body)
	if err != nil {
		t.Fatal(err)
	}
}

func readResponse(t *testing.T, connection net.Conn) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func readAnswer(t *testing.T, connection net.Conn) answer {
	t.Helper()
	response, text := readResponse(t, connection)
	return answer{response.StatusCode, response.Header, text}
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func TestPromisedBodiesCostNothing(t *testing.T) {
	s := startStack(t)
	before := heap()
	const connections, body = 100, "{\"yaml_content\":\""
	for i := range connections {
		path, promised := tools+"/import", maxImportBody
		switch i % 4 {
		case 1:
			path, promised = tools, maxBody
		case 2:
			path, promised = webhookTemplate, maxRawBody
		}
		send(t, s.dial(t), path, promised, body)
	}
	await(t, "what was sent is read", func() bool { return s.held() == connections*int64(len(body))*bodyCost })
	if after := heap(); after > before+16<<20 {
		t.Errorf("%d connections that sent %d bytes each cost %d bytes", connections, len(body), after-before)
	}
}

func TestBodiesBeyondTheBudgetAreRefused(t *testing.T) {
	const first, second = 10 << 20, 4 << 20
	for _, path := range []string{tools + "/import", tools} {
		s := startSmallStack(t)
		holder := s.dial(t)
		send(t, holder, path, first+2, strings.Repeat(" ", first))
		await(t, "the first body is held", func() bool { return s.held() == first*bodyCost })
		refused := s.do(t, "POST", path, strings.Repeat(" ", second))
		refused.expectReason(t, 429, memoryExhausted)
		if got := refused.header.Get("Retry-After"); got != "2" {
			t.Errorf("Retry-After %q", got)
		}
		if s.held() != first*bodyCost {
			t.Errorf("%d bytes are held after a refusal", s.held())
		}
		// Small calls, reads among them, go on.
		s.do(t, "POST", tools, "{}").expect(t, 201)
		s.do(t, "GET", tools, "").expect(t, 200)
		io.WriteString(holder, "{}")
		if got := readAnswer(t, holder); got.status > 201 {
			t.Errorf("the body that was held got %d: %s", got.status, got.body)
		}
		s.allGivenBack(t)
		if got := s.do(t, "POST", path, strings.Repeat(" ", second)); got.status > 201 {
			t.Errorf("after the first body: %d: %s", got.status, got.body)
		}
	}
}

func TestWebhooksAreInTheBudgetToo(t *testing.T) {
	s := startSmallStack(t)
	var holders []net.Conn
	for i := range 11 {
		holder := s.dial(t)
		send(t, holder, webhookTemplate, maxRawBody, strings.Repeat("x", maxRawBody-1))
		await(t, "the webhook is held", func() bool { return s.held() == int64(i+1)*(maxRawBody-1)*bodyCost })
		holders = append(holders, holder)
	}
	s.do(t, "POST", webhookTemplate, strings.Repeat("x", maxRawBody)).expectReason(t, 429, memoryExhausted)
	for _, holder := range holders {
		holder.Close()
	}
	s.allGivenBack(t)
	s.do(t, "POST", webhookTemplate, strings.Repeat("x", maxRawBody)).expect(t, 200)
}

func TestABodyThatCanNeverBeHeldIsTooLarge(t *testing.T) {
	s := startSmallStack(t)
	s.do(t, "POST", tools+"/import", strings.Repeat(" ", 20<<20)).expectReason(t, 413, bodyTooLarge)
	// Many small values are large as messages.
	s.do(t, "POST", tools, `{"metadata":{"a":[`+strings.Repeat("0,", 300_000)+`0]}}`).expectReason(t, 413, bodyTooLarge)
	s.allGivenBack(t)
}

func TestACallThatBreaksOffGivesItsMemoryBack(t *testing.T) {
	s := startSmallStack(t)
	s.gateway.api.routes = append(s.gateway.api.routes, route{method: "POST", template: "/panic", body: "*"})
	if err := s.gateway.api.mux.HandlePath("POST", "/panic", func(http.ResponseWriter, *http.Request, map[string]string) {
		panic(http.ErrAbortHandler)
	}); err != nil {
		t.Fatal(err)
	}
	broken := s.dial(t)
	send(t, broken, tools+"/import", 10<<20, strings.Repeat(" ", 9<<20))
	await(t, "the body is held", func() bool { return s.held() == 9<<20*bodyCost })
	broken.Close()
	s.allGivenBack(t)
	panics := s.dial(t)
	send(t, panics, "/panic", 5<<20, strings.Repeat(" ", 5<<20))
	if _, err := panics.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a handler that panics: %v", err)
	}
	s.allGivenBack(t)
}

// An import that trickles in is not held for ten minutes.
func TestAnImportGetsItsTimeAsItComes(t *testing.T) {
	timeouts := bodyTimeouts{imports: time.Hour, others: time.Minute}
	importing, other := route{}, route{}
	for _, r := range newRouteTable() {
		if r.takesImport() {
			importing = r
		} else if r.body == "tool" {
			other = r
		}
	}
	for length, want := range map[int64]time.Duration{0: time.Minute, 64 << 20: 18*time.Minute + 4*time.Second, 1 << 30: time.Hour} {
		if got := timeouts.of(importing, length); got != want {
			t.Errorf("an import of which %d bytes came has %v, want %v", length, got, want)
		}
		if got := timeouts.of(other, length); got != time.Minute {
			t.Errorf("another body has %v", got)
		}
	}
}
