package main

import (
	"errors"
	"reflect"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// refused is the status of a call, with a reason if there is one.
func refused(t *testing.T, code codes.Code, domain, reason string) error {
	t.Helper()
	s := status.New(code, "refused")
	if reason == "" {
		return s.Err()
	}
	s, err := s.WithDetails(&errdetails.ErrorInfo{Domain: domain, Reason: reason})
	if err != nil {
		t.Fatal(err)
	}
	return s.Err()
}

func TestReasonsAreThoseOfThePage(t *testing.T) {
	known, err := readReasons("../../../docs/errors.md")
	if err != nil || known["TOOL_NOT_FOUND"] != "NOT_FOUND" || known["QUEUE_FULL"] != "RESOURCE_EXHAUSTED" {
		t.Errorf("%v, %v", known, err)
	}
}

func TestVerdictOfErrors(t *testing.T) {
	known := reasons{"TOOL_NOT_FOUND": "NOT_FOUND"}
	large := input{messages: [][]byte{make([]byte, largestMessage+1)}}
	for _, test := range []struct {
		what  string
		sent  input
		err   error
		right bool
	}{
		{"no error", input{}, nil, true},
		{"a reason with its code", input{}, refused(t, codes.NotFound, "toolcatalog", "TOOL_NOT_FOUND"), true},
		{"a reason with another code", input{}, refused(t, codes.Aborted, "toolcatalog", "TOOL_NOT_FOUND"), false},
		{"a reason that the page does not have", input{}, refused(t, codes.NotFound, "toolcatalog", "NEW"), false},
		{"another domain", input{}, refused(t, codes.NotFound, "elsewhere", "TOOL_NOT_FOUND"), false},
		{"no reason", input{}, refused(t, codes.NotFound, "", ""), false},
		{"a fault of the server", input{}, refused(t, codes.Internal, "toolcatalog", "TOOL_NOT_FOUND"), false},
		{"a lost connection", input{}, refused(t, codes.Unavailable, "", ""), false},
		{"a message that is too large", large, refused(t, codes.ResourceExhausted, "", ""), true},
		{"a small message that is too large", input{}, refused(t, codes.ResourceExhausted, "", ""), false},
		{"no status", input{}, errors.New("broken"), false},
	} {
		if verdict := known.verdict(test.sent, test.err); (verdict == "") != test.right {
			t.Errorf("%s: %q", test.what, verdict)
		}
	}
}

func TestInputsAreReadAsTheyWereWritten(t *testing.T) {
	sent := input{path: "/toolcatalog.v1.CatalogService/GetTool", messages: [][]byte{{0xff, 0}, {}, []byte("text")}}
	name, err := sent.write(t.TempDir(), "of two\nlines")
	if err != nil {
		t.Fatal(err)
	}
	if read, err := readInput(name); err != nil || !reflect.DeepEqual(read, sent) {
		t.Errorf("%v, %v", read, err)
	}
}
