package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
)

// told is what the page, or the code, tells of a reason.
type told struct {
	code       codes.Code
	httpStatus int
	meaning    string
}

var (
	errorRow     = regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| ([A-Z_]+) \\| (\\d+) \\| ([^|]+) \\| [^|]+ \\|$")
	serviceEntry = regexp.MustCompile(`\{Reason::k\w+,\s*"([A-Z_]+)",\s*Code::k(\w+),\s*"([^"]+)"\}`)
	entryStart   = regexp.MustCompile(`\{Reason::k`)
)

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func reasonsOfPage(t *testing.T) map[string]told {
	t.Helper()
	text := readText(t, "../../docs/errors.md")
	page := map[string]told{}
	for _, row := range errorRow.FindAllStringSubmatch(text, -1) {
		httpStatus, err := strconv.Atoi(row[3])
		if _, twice := page[row[1]]; twice || err != nil {
			t.Errorf("row %v: twice %v, %v", row, twice, err)
		}
		page[row[1]] = told{codes.Code(rpccode.Code_value[row[2]]), httpStatus, row[4]}
	}
	return page
}

// reasonsOfServices reads the table of the services as text.
func reasonsOfServices(t *testing.T) map[string]told {
	t.Helper()
	text := readText(t, "../../common/error_reasons.cc")
	named := map[string]codes.Code{"Cancelled": codes.Canceled}
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		named[code.String()] = code
	}
	entries := serviceEntry.FindAllStringSubmatch(text, -1)
	if len(entries) == 0 || len(entries) != len(entryStart.FindAllString(text, -1)) {
		t.Fatalf("%d entries are read of %d", len(entries), len(entryStart.FindAllString(text, -1)))
	}
	services := map[string]told{}
	for _, entry := range entries {
		code, ok := named[entry[2]]
		if _, twice := services[entry[1]]; !ok || twice || !reasonName.MatchString(entry[1]) {
			t.Errorf("entry %v", entry)
		}
		httpStatus := runtime.HTTPStatusFromCode(code)
		if entry[1] == "ETAG_MISMATCH" {
			httpStatus = 412
		}
		services[entry[1]] = told{code, httpStatus, entry[3]}
	}
	return services
}

func TestThePageOfErrorsIsTheCode(t *testing.T) {
	page, code := reasonsOfPage(t), reasonsOfServices(t)
	for _, own := range reasons {
		entry := told{own.code, own.httpStatus, own.meaning}
		if shared, ok := code[own.name]; ok && shared != entry {
			t.Errorf("%s: the gateway has %v, the services %v", own.name, entry, shared)
		}
		code[own.name] = entry
	}
	for name, entry := range code {
		if page[name] != entry {
			t.Errorf("%s: the page has %v, the code %v", name, page[name], entry)
		}
	}
	for name := range page {
		if _, ok := code[name]; !ok {
			t.Errorf("%s: nothing gives this reason", name)
		}
	}
}

// What gRPC itself makes has the reason that the page tells for its code.
func TestThePageOfErrorsHasEachCode(t *testing.T) {
	page := reasonsOfPage(t)
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		if got := page[reasonOfCode(code)].code; got != code {
			t.Errorf("%v: %s has code %v", code, reasonOfCode(code), got)
		}
	}
}

// Each reason of a service is used by it, or its row is a promise that nothing keeps.
func TestEachReasonOfTheGatewayIsUsed(t *testing.T) {
	source := strings.Builder{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name != "reasons.go" {
			source.WriteString(readText(t, name))
		}
	}
	names := regexp.MustCompile(`(?m)^\t(\w+): \{"`).FindAllStringSubmatch(readText(t, "reasons.go"), -1)
	for _, name := range names {
		if !regexp.MustCompile(`\b` + name[1] + `\b`).MatchString(source.String()) {
			t.Errorf("%s is used nowhere", name[1])
		}
	}
}
