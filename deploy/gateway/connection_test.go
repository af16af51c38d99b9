package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestOneAddressLeavesConnectionsToOthers(t *testing.T) {
	s := &stack{catalog: newFake(), reload: newFake(), connections: 16}
	s.startAll(t)
	for range 100 {
		s.dialFrom(t, "127.0.0.2")
	}
	await(t, "connections are closed", func() bool { return strings.Contains(s.log.String(), "too many connections") })
	s.do(t, "GET", tools, "").expect(t, 200)
}

func TestConnectionsAreBounded(t *testing.T) {
	s := &stack{catalog: newFake(), reload: newFake(), connections: 8}
	s.startAll(t)
	request := func(connection net.Conn, path string) answer {
		fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path)
		return readAnswer(t, connection)
	}
	var open []net.Conn
	for i := range 8 {
		address := "127.0.0.1"
		if i >= 6 { // one address may have six
			address = "127.0.0.2"
		}
		connection := s.dialFrom(t, address)
		if got := request(connection, tools); got.status != 200 {
			t.Fatalf("status %d: %s", got.status, got.body)
		}
		open = append(open, connection)
	}
	// One too many hears so, but for the health path: a probe must not take a busy gateway for a dead one.
	probe := s.dial(t)
	if got := request(probe, tools+"/health"); got.status != 200 {
		t.Errorf("health: %d: %s", got.status, got.body)
	}
	crowded := s.dial(t)
	got := request(crowded, tools)
	got.expectReason(t, 503, tooManyConnections)
	if got.header.Get("Retry-After") != "2" {
		t.Errorf("header %v", got.header)
	}
	if _, err := crowded.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection too many stays open: %v", err)
	}
	// Those that were there go on.
	if got := request(open[0], tools); got.status != 200 {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	defer s.dial(t).Close()
	// Beyond that, connections are closed, which is logged once.
	for range 20 {
		further := s.dial(t)
		fmt.Fprintf(further, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", tools)
		io.Copy(io.Discard, further)
	}
	if n := strings.Count(s.log.String(), "too many connections"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	for _, connection := range open {
		connection.Close()
	}
	await(t, "connections are accepted again", func() bool {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Get(s.url + tools)
		if err != nil { // still one too many
			return false
		}
		response.Body.Close()
		return response.StatusCode == 200
	})
}
