package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/metadata"
)

const (
	actorHeader     = "X-Actor"
	requestIDHeader = "X-Request-Id"
	timeoutHeader   = "Grpc-Timeout"
	maxHeaderValue  = 2048
)

// timeoutValue is what gRPC takes as the time that a call has.
var timeoutValue = regexp.MustCompile(`^[0-9]{1,8}[HMSmun]$`)

// longestTimeout is a year. The longest that gRPC can write is beyond what a clock of the services can hold.
const longestTimeout = 365 * 24

// boundTimeout makes a timeout of more than a year one of a year. Only hours are long enough for that.
func boundTimeout(header http.Header) {
	value := header.Get(timeoutHeader)
	if hours, found := strings.CutSuffix(value, "H"); found {
		if number, err := strconv.Atoi(hours); err == nil && number > longestTimeout {
			header.Set(timeoutHeader, fmt.Sprintf("%dH", longestTimeout))
		}
	}
}

// forwardedHeaders are the HTTP headers that the services read, as metadata in lower case.
var forwardedHeaders = []string{actorHeader, "If-Match", requestIDHeader}

// binarySuffix ends the keys of metadata whose values may be other than ASCII.
const binarySuffix = "-bin"

// metadataOf are the forwarded headers, those with an empty value too: an empty If-Match is for the catalog to refuse. A
// header given several times is one list, as HTTP defines it.
func metadataOf(header http.Header) metadata.MD {
	md := metadata.MD{}
	for _, name := range forwardedHeaders {
		if values := header.Values(name); len(values) > 0 {
			key, value := strings.ToLower(name), strings.Join(values, ", ")
			if !isMetadataValue(value) {
				key += binarySuffix
			}
			md.Set(key, value)
		}
	}
	return md
}

// peerOf is the address of the caller's connection, for the log of changes. What the caller says of itself is not heard.
func peerOf(r *http.Request) metadata.MD { return metadata.Pairs("x-forwarded-for", r.RemoteAddr) }

func checkHeaders(method string, header http.Header) error {
	for _, name := range forwardedHeaders {
		value := strings.Join(header.Values(name), ", ")
		switch {
		case isMetadataValue(value):
		case name != actorHeader:
			return badHeader(name, "must be printable ASCII of at most %d characters", maxHeaderValue)
		case !isShortText(value):
			return badHeader(name, "must be printable UTF-8 of at most %d bytes", maxHeaderValue)
		}
	}
	if method != http.MethodGet && len(header.Values("If-None-Match")) > 0 {
		return badHeader("If-None-Match", "only GET takes it; the condition of a change is If-Match")
	}
	if values := header.Values(timeoutHeader); len(values) > 0 && !timeoutValue.MatchString(values[0]) {
		return badHeader(timeoutHeader, "must be up to 8 digits and a unit of H, M, S, m, u, n, got %.100q", values[0])
	}
	return nil
}

// checkEncoding refuses a body that is packed.
func checkEncoding(w http.ResponseWriter, r *http.Request) error {
	given := strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ", "))
	if given == "" || strings.EqualFold(given, "identity") {
		return nil
	}
	w.Header().Set("Accept-Encoding", "identity")
	w.Header().Set("Connection", "close")
	const rule = "must be identity or absent: a body is taken as it is, not compressed"
	return refuse(unsupportedMediaType, "header Content-Encoding: %s, got %.100q", rule, given).about("Content-Encoding", rule)
}

func badHeader(name, format string, args ...any) error {
	rule := fmt.Sprintf(format, args...)
	return refuse(invalidHeader, "header %s: %s", name, rule).about(name, rule)
}

// isMetadataValue says whether gRPC takes the text as a value.
func isMetadataValue(text string) bool {
	return len(text) <= maxHeaderValue && !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
}

// isShortText says whether the text is one that names can be made of.
func isShortText(text string) bool {
	return len(text) <= maxHeaderValue && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// checkRequest is the mux's middleware: it checks headers, query and body against the rules of the route that the mux
// chose, and hands the generated code a request that it reads as the API means it.
func (a *api) checkRequest(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, pathParams map[string]string) {
		pattern, _ := runtime.HTTPPattern(r.Context())
		route, ok := a.routes.find(r.Method, pattern.String())
		if !ok {
			a.fail(w, r, refuse(routeNotFound, "path: there is no %q", r.URL.Path))
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), routeKey{}, route))
		if err := a.prepare(w, r, route, pathParams); err != nil {
			a.fail(w, r, err)
			return
		}
		r = r.WithContext(withTerms(r))
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		head := isHead(ctx)
		if answer, ok := w.(*answerWriter); ok && head {
			answer.onStream = cancel
		}
		next(w, r.WithContext(ctx), pathParams)
		if terms, _ := ctx.Value(termsKey{}).(terms); *terms.failed && terms.streamType == yamlTypes[0] && !head {
			breakOff(w)
		}
	}
}

type routeKey struct{}

// routeOf is the route that serves the request, once that is known.
func routeOf(ctx context.Context) (route, bool) {
	r, ok := ctx.Value(routeKey{}).(route)
	return r, ok
}

func (a *api) prepare(w http.ResponseWriter, r *http.Request, route route, pathParams map[string]string) error {
	if err := checkHeaders(r.Method, r.Header); err != nil {
		return err
	}
	if err := checkEncoding(w, r); err != nil {
		return err
	}
	boundTimeout(r.Header)
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuse(invalidQuery, "query: %v", err)
	}
	if err := checkQuery(route, query); err != nil {
		return err
	}
	if err := chooseFormat(w, r, route, query); err != nil {
		return err
	}
	if route.takesText() {
		return checkTextBody(w, r)
	}
	body, err := readBody(w, r, route, a.bodyTimeouts)
	if err != nil {
		return err
	}
	if route.takesRaw() {
		setBody(r, body)
		return nil
	}
	if route.body == "*" {
		if body, err = foldQuery(body, query); err != nil {
			return err
		}
	}
	if err := chooseFormat(w, r, route, query); err != nil {
		return err
	}
	if route.body == "*" || route.template == updateTemplate {
		if err := checkTarget(body, pathParams); err != nil {
			return err
		}
	}
	if route.template == updateTemplate {
		setMask(query, body, route.rpc.Input())
	}
	r.URL.RawQuery = query.Encode()
	setBody(r, body)
	return nil
}
