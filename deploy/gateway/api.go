package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/metadata"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// api routes requests to the services' methods and the gateway's own handlers.
type api struct {
	routes routeTable
	mux    *runtime.ServeMux
	log    *slog.Logger
	// guard is set before the first request.
	guard *guard
	cors  cors
	// budget is for what all requests in flight hold in memory.
	budget *memoryBudget
	// Both may be changed until the first request.
	bodyTimeouts   bodyTimeouts
	answerTimeouts answerTimeouts
}

func newAPI(catalog, reload *backend, budget *memoryBudget, log *slog.Logger) (*api, error) {
	a := &api{
		routes:         newRouteTable(),
		log:            log,
		budget:         budget,
		bodyTimeouts:   defaultBodyTimeouts,
		answerTimeouts: defaultAnswerTimeouts,
	}
	noHeader := func(string) (string, bool) { return "", false }
	a.mux = runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newMarshaler()),
		runtime.WithMarshalerOption(yamlTypes[0], yamlMarshaler{newMarshaler()}),
		runtime.WithUnescapingMode(runtime.UnescapingModeAllExceptReserved),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithIncomingHeaderMatcher(noHeader),
		runtime.WithOutgoingHeaderMatcher(noHeader),
		runtime.WithOutgoingTrailerMatcher(noHeader),
		runtime.WithMetadata(func(_ context.Context, r *http.Request) metadata.MD {
			return metadata.Join(metadataOf(r.Header), peerOf(r))
		}),
		runtime.WithMiddlewares(a.checkRequest),
		runtime.WithForwardResponseOption(finishResponse),
		runtime.WithErrorHandler(a.answerError),
		runtime.WithStreamErrorHandler(streamStatus),
		runtime.WithRoutingErrorHandler(a.answerRoutingError),
	)
	// Among routes that match, the one registered last serves: catalog, reload, then the gateway's own.
	if err := pb.RegisterCatalogServiceHandler(context.Background(), a.mux, catalog.conn); err != nil {
		return nil, err
	}
	if err := pb.RegisterReloadServiceHandler(context.Background(), a.mux, reload.conn); err != nil {
		return nil, err
	}
	ready := a.readyHandler(catalog, reload)
	for template, handler := range map[string]runtime.HandlerFunc{
		healthTemplate: ready, readyTemplate: ready, liveTemplate: liveHandler,
	} {
		if err := a.mux.HandlePath("GET", template, handler); err != nil {
			return nil, err
		}
	}
	if err := a.mux.HandlePath("POST", webhookTemplate, a.webhookHandler(reload)); err != nil {
		return nil, err
	}
	if err := a.mux.HandlePath("POST", importTemplate, a.importHandler(catalog, importTemplate, a.textImport)); err != nil {
		return nil, err
	}
	for _, template := range []string{"/api/v1/tools/import", "/api/v1/tools/bulk-import"} {
		if err := a.mux.HandlePath("POST", template, a.importHandler(catalog, template, jsonImport)); err != nil {
			return nil, err
		}
	}
	document, err := openAPIHandler()
	if err != nil {
		return nil, err
	}
	return a, a.mux.HandlePath("GET", openAPITemplate, document)
}

// ServeHTTP answers a request within bounds of time and memory. What the call holds is given back however it ends.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	limitBodyTime(w, r, a.bodyTimeouts.others)
	ctx, memory := withCallMemory(r.Context(), a.budget)
	defer memory.release()
	a.answer(newAnswerWriter(w, r, memory, a.answerTimeouts), r.WithContext(ctx))
}

// answer checks what must be right before routing, and routes.
func (a *api) answer(w http.ResponseWriter, r *http.Request) {
	if crowded(r.Context()) && !isProbe(r) {
		w.Header().Set("Connection", "close")
		a.fail(w, r, refuse(tooManyConnections, "too many connections are open; try again later"))
		return
	}
	a.cors.allow(w.Header(), r)
	if err := a.guard.check(r); err != nil {
		a.fail(w, r, err)
		return
	}
	if !utf8.ValidString(r.URL.Path) {
		a.fail(w, r, refuse(invalidPath, "path: must be UTF-8"))
		return
	}
	segments := pathSegments(r.URL)
	methods := a.routes.methods(segments)
	if methods == nil {
		a.fail(w, r, refuse(routeNotFound, "path: there is no %q", r.URL.Path))
		return
	}
	if !slices.Contains(methods, r.Method) {
		allowed := strings.Join(methods, ", ")
		w.Header().Set("Allow", allowed)
		a.fail(w, r, refuse(methodNotAllowed, "method: must be one of %s, got %s", allowed, r.Method))
		return
	}
	if r.Method == http.MethodOptions {
		a.answerOptions(w, r, methods)
		return
	}
	r = asGet(r.Clone(r.Context()))
	r.URL.RawPath = escapedPath(segments)
	if r.Method == "PUT" && !a.routes.takePut(segments) {
		r.Method = "PATCH"
	}
	a.mux.ServeHTTP(w, r)
}

// pathSegments splits the path before it is unescaped, so that an escaped slash stays part of its segment.
func pathSegments(u *url.URL) []string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, segment := range segments {
		if text, err := url.PathUnescape(segment); err == nil {
			segments[i] = text
		}
	}
	return segments
}

// escapedPath is the path with nothing escaped that need not be: the mux compares literal segments as they stand.
func escapedPath(segments []string) string {
	escaped := make([]string, len(segments))
	for i, segment := range segments {
		escaped[i] = url.PathEscape(segment)
	}
	return strings.Join(escaped, "/")
}
