package main

import (
	"net"
	"strconv"
	"strings"
	"testing"
)

// writes are requests that a page of another site could make a browser send.
var writes = []struct{ request, body string }{
	{"POST " + tools, `{"tool_name":"x"}`},
	{"POST " + tools + "/import", `{"yaml_content":"x"}`},
	{"POST " + tools + "/bulk-import", `{"yaml_content":"x"}`},
	{"POST " + tools + "/x/rollback", `{"to_revision":1}`},
	{"POST " + tools + "/x/promote", `{"version":"1"}`},
	{"POST " + tools + "/reload", ""},
	{"POST " + tools + "/reload/freeze", `{"reason":"x"}`},
	{"POST " + tools + "/reload/thaw", ""},
	{"POST " + tools + "/reload/invalidate", ""},
	{"POST " + webhookTemplate, "{}"},
	{"POST " + tools + "/reload/hooks", `{"name":"x"}`},
	{"PUT " + tools + "/x", `{"description":"x"}`},
	{"PUT " + tools + "/reload/periodic", `{"enabled":true}`},
	{"PATCH " + tools + "/x", `{"description":"x"}`},
	{"PATCH " + tools + "/x/disable", ""},
	{"DELETE " + tools + "/x", ""},
	{"DELETE " + tools + "/reload/hooks/x", ""},
}

func TestEveryWriteIsGuarded(t *testing.T) {
	s := startStack(t)
	own := strings.TrimPrefix(s.url, "http://")
	_, port, _ := net.SplitHostPort(own)
	for _, headers := range [][]string{
		{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "nonsense"},
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", "nonsense"},
		{"Origin", "http://localhost:" + port}, // another origin than 127.0.0.1
		{"Origin", "http://127.0.0.1:1"},
	} {
		for _, write := range writes {
			method, path, _ := strings.Cut(write.request, " ")
			got := s.do(t, method, path, write.body, append(headers, "Content-Type", "text/plain")...)
			got.expectReason(t, 403, crossOrigin)
		}
		for _, path := range []string{tools, "/api/v1/profiles", "/openapi.json", tools + "/health"} {
			s.do(t, "GET", path, "", headers...).expect(t, 200)
		}
		s.catalog.takeReads(t)
		s.reload.takeReads(t)
	}
	for _, headers := range [][]string{
		nil, // curl
		{"Sec-Fetch-Site", "same-origin"},
		{"Sec-Fetch-Site", "none"}, // typed by a person
		{"Origin", s.url},
		{"Origin", s.url, "Sec-Fetch-Site", "same-origin"},
	} {
		for _, write := range writes {
			method, path, _ := strings.Cut(write.request, " ")
			if got := s.do(t, method, path, write.body, headers...); got.status >= 300 {
				t.Errorf("%s with %v: status %d: %s", write.request, headers, got.status, got.body)
			}
		}
	}
}

// takeReads forgets the calls and reports those that are no reads.
func (f *fake) takeReads(t *testing.T) {
	t.Helper()
	for _, call := range f.takeCalls() {
		if !strings.HasPrefix(call.method, "List") {
			t.Errorf("%s reached a service", call.method)
		}
	}
}

// doAs sends a request with a header Host of its own.
func (s *stack) doAs(t *testing.T, host, method, path, body string) answer {
	t.Helper()
	response, text := s.sendRaw(t, method+" "+path+" HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\nContent-Length: "+
		strconv.Itoa(len(body))+"\r\n\r\n"+body)
	return answer{response.StatusCode, response.Header, text}
}

func TestAGatewayOnALoopbackAddressIsReachedByItsOwnNamesOnly(t *testing.T) {
	s := startStack(t)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.url, "http://"))
	for _, host := range []string{
		"127.0.0.1:" + port, "127.0.0.1", "localhost:" + port, "localhost", "LocalHost.:" + port, "[::1]:" + port, "[::1]", "127.0.0.2", "",
	} {
		s.doAs(t, host, "GET", tools, "").expect(t, 200)
		s.doAs(t, host, "POST", tools, "{}").expect(t, 201)
	}
	for _, host := range []string{
		"evil.example", "evil.example:" + port, "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0:" + port, "10.0.0.1",
		"[::]", "x", "127.0.0.1@evil.example",
	} {
		// A rebound name reads too: it is of the same origin.
		for _, request := range []string{"GET " + tools, "GET /openapi.json", "GET /nowhere", "PUT " + tools + "/x", "DELETE " + tools + "/x", "POST " + tools} {
			method, path, _ := strings.Cut(request, " ")
			got := s.doAs(t, host, method, path, "")
			if strings.Contains(host, "@") { // no host at all: the server's own refusal
				got.expect(t, 400)
				continue
			}
			got.expectReason(t, 403, hostNotAllowed)
		}
		if !strings.Contains(host, "@") {
			s.doAs(t, host, "GET", tools+"/health", "").expect(t, 200)
			s.doAs(t, host, "DELETE", tools+"/health", "").expectReason(t, 403, hostNotAllowed)
		}
	}
}

func TestHostsCanBeAllowed(t *testing.T) {
	s := &stack{catalog: newFake(), reload: newFake(), allowedHosts: []string{"catalog.example", "10.0.0.7", "2001:db8::1"}}
	s.startAll(t)
	for _, host := range []string{"catalog.example", "Catalog.Example:443", "10.0.0.7:80", "[2001:db8::1]:80", "localhost"} {
		s.doAs(t, host, "GET", tools, "").expect(t, 200)
	}
	for _, host := range []string{"evil.example", "x.catalog.example", "10.0.0.8", "[2001:db8::2]"} {
		s.doAs(t, host, "GET", tools, "").expectReason(t, 403, hostNotAllowed)
	}
}

func TestHostsOfAGatewayThatOthersReach(t *testing.T) {
	outside := &net.TCPAddr{IP: net.IPv4zero, Port: 80}
	if open := newGuard(nil, nil, outside); !open.knows("anything.example") {
		t.Error("without a list not every host is allowed")
	}
	listed := newGuard([]string{"catalog.example"}, nil, outside)
	for host, want := range map[string]bool{"catalog.example": true, "evil.example": false, "localhost": false, "127.0.0.1": false, "": true} {
		if listed.knows(host) != want {
			t.Errorf("%q: %v, want %v", host, !want, want)
		}
	}
}

func TestListsOfHosts(t *testing.T) {
	for text, want := range map[string]string{
		"a": "a", "A.Example., b_c ,10.0.0.7,[::1],::2": "a.example|b_c|10.0.0.7|::1|::2",
	} {
		if got, err := parseHosts(text); err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a,,b", "http://a", "a:80", "*", "a b", "-a", "[::1]:80"} {
		if got, err := parseHosts(text); err == nil {
			t.Errorf("%q is %q", text, got)
		}
	}
}
