package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// A reason that nothing gives is a promise that nothing keeps.
func TestEachReasonIsGiven(t *testing.T) {
	expectUse(t, sourceOf(t, ".", ".go"), "reasons.go", regexp.MustCompile(`(?m)^\t(\w+): \{"`), `\b%s\b`)
	services := map[string]string{}
	for _, folder := range []string{"catalog_service", "common", "reload_service"} {
		for path, text := range sourceOf(t, "../../"+folder, ".cc") {
			services[path] = text
		}
	}
	expectUse(t, services, "../../common/error_reasons.cc", regexp.MustCompile(`\{Reason::(k\w+),`), `Reason::%s\b`)
}

// sourceOf has the files of a folder and those below it, without tests and what is generated, by path.
func sourceOf(t *testing.T, folder, suffix string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && entry.Name() == "gen" {
			return cmp.Or(err, fs.SkipDir)
		}
		if strings.HasSuffix(path, suffix) && !strings.HasSuffix(path, "_test"+suffix) {
			files[path] = readText(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// expectUse checks that what the file of the table names is used beside its entry: the second time at least.
func expectUse(t *testing.T, files map[string]string, table string, entry *regexp.Regexp, use string) {
	t.Helper()
	all := strings.Builder{}
	for _, text := range files {
		all.WriteString(text)
	}
	names := entry.FindAllStringSubmatch(files[table], -1)
	if len(names) < 20 {
		t.Fatalf("%s: %d names", table, len(names))
	}
	for _, name := range names {
		uses := regexp.MustCompile(fmt.Sprintf(use, name[1])).FindAllStringIndex(all.String(), -1)
		if len(uses) < 2 {
			t.Errorf("%s: nothing gives %s", table, name[1])
		}
	}
}
