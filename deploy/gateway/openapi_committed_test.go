package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew instead of comparing it")

// The document in the repository is what the gateway of its version serves, indented.
func TestOpenAPIIsCommitted(t *testing.T) {
	const path = "../../docs/openapi.json"
	release, err := os.ReadFile("../../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	served, err := openAPIDocument(strings.TrimSpace(string(release)))
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Indent(&want, served, "", "  "); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("docs/openapi.json is not what the gateway serves; after deploy/gateway/build, write it anew with: "+
			"cd deploy/gateway && go test -run TestOpenAPIIsCommitted -update . (%v)", err)
	}
}
