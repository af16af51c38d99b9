package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	// corsHeaders are those of requests that pages may set, beside the ones that browsers always let them set.
	corsHeaders = "Content-Type, If-Match, If-None-Match, X-Actor, X-Request-Id, Grpc-Timeout"
	// corsExposed are those of answers that pages may read.
	corsExposed = "Allow, Deprecation, ETag, Link, Location, Retry-After, Sunset, X-Request-Id, X-Revision"
	// corsMaxAge is for how many seconds a browser need not ask again.
	corsMaxAge = "600"
)

// cors lets pages of other origins use the API from a browser: those of the listed origins, and no others. It follows the
// Fetch standard. A page never sends credentials of the browser with its calls.
type cors struct{ origins map[string]bool }

func newCORS(origins []string) cors {
	c := cors{origins: map[string]bool{}}
	for _, origin := range origins {
		c.origins[origin] = true
	}
	return c
}

// allow tells the browser whether the page may read the answer.
func (c cors) allow(header http.Header, r *http.Request) {
	if len(c.origins) == 0 {
		return
	}
	header.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); c.origins[origin] {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Expose-Headers", corsExposed)
	}
}

// answerPreflight tells the browser which methods and headers the page may use.
func (c cors) answerPreflight(header http.Header, r *http.Request, methods string) {
	if c.origins[r.Header.Get("Origin")] && r.Header.Get("Access-Control-Request-Method") != "" {
		header.Set("Access-Control-Allow-Methods", methods)
		header.Set("Access-Control-Allow-Headers", corsHeaders)
		header.Set("Access-Control-Max-Age", corsMaxAge)
	}
}

// parseOrigins reads a list such as "https://console.example, http://localhost:3000".
func parseOrigins(text string) ([]string, error) {
	var origins []string
	for given := range strings.SplitSeq(text, ",") {
		given = strings.TrimSpace(given)
		origin, err := url.Parse(given)
		if err != nil || origin.Scheme != "http" && origin.Scheme != "https" || strings.ToLower(given) != given ||
			http.NewCrossOriginProtection().AddTrustedOrigin(given) != nil {
			return nil, fmt.Errorf("must be origins in lower case, such as https://console.example:8443, separated by commas, got %q",
				given)
		}
		origins = append(origins, given)
	}
	return origins, nil
}
