package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

type headKey struct{}

// isHead says whether the request that is served as a GET was a HEAD: the server drops what is written as its body.
func isHead(ctx context.Context) bool { return ctx.Value(headKey{}) != nil }

// asGet makes a GET of a HEAD, which is answered like it but for the body (RFC 9110, 9.3.2). The request must be a copy.
func asGet(r *http.Request) *http.Request {
	if r.Method != http.MethodHead {
		return r
	}
	r.Method = http.MethodGet
	return r.WithContext(context.WithValue(r.Context(), headKey{}, true))
}

// withCommon adds the methods that a path takes because HTTP gives them to every resource. The methods are sorted.
func withCommon(methods []string) []string {
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	methods = append(methods, http.MethodOptions)
	slices.Sort(methods)
	return methods
}

// answerOptions answers an OPTIONS, also that with which a browser asks before it lets a page of another origin call.
func (a *api) answerOptions(w http.ResponseWriter, r *http.Request, methods []string) {
	allowed := strings.Join(methods, ", ")
	w.Header().Set("Allow", allowed)
	a.cors.answerPreflight(w.Header(), r, allowed)
	writeWithoutBody(w, http.StatusNoContent)
}

// reads says whether the answer has an entity tag, and need not be sent to who has it already.
func (r route) reads() bool { return r.method == http.MethodGet && !r.streams() }

// streams says whether the answer is a stream, which has no end of its own.
func (r route) streams() bool { return r.rpc != nil && r.rpc.IsStreamingServer() }
