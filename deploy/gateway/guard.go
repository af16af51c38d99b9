package main

import (
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// guard refuses what pages of other sites make a browser send. Callers that are no browser send neither Origin nor
// Sec-Fetch-Site and are not concerned.
type guard struct {
	crossOrigin *http.CrossOriginProtection
	// hosts are those that requests may name in the header Host; nil = all. A page whose own name is made to lead here (DNS
	// rebinding) is of the same origin for the browser, but it cannot send another host than its own.
	hosts map[string]bool
	// loopback says that this machine's own names and addresses are hosts too.
	loopback bool
}

// newGuard is for a gateway that listens on the address. Without allowed hosts all are allowed; but who listens on a
// loopback address is reached by a loopback name only.
// Pages of the origins may change things.
func newGuard(allowedHosts, origins []string, listen net.Addr) *guard {
	g := &guard{crossOrigin: http.NewCrossOriginProtection()}
	for _, origin := range origins {
		g.crossOrigin.AddTrustedOrigin(origin) // parseOrigins takes only what this takes
	}
	address, ok := listen.(*net.TCPAddr)
	g.loopback = ok && address.IP.IsLoopback()
	if len(allowedHosts) > 0 || g.loopback {
		g.hosts = map[string]bool{}
		for _, host := range allowedHosts {
			g.hosts[host] = true
		}
	}
	return g
}

func (g *guard) check(r *http.Request) error {
	if host := hostName(r.Host); !g.knows(host) && !isProbe(r) {
		return refuse(hostNotAllowed, "host: this gateway is not reached as %.200q; --allowed-hosts names further hosts", host)
	}
	if g.crossOrigin.Check(r) != nil {
		return refuse(crossOrigin, "origin: a page of another site may read, but not change anything")
	}
	return nil
}

func (g *guard) knows(host string) bool {
	if g.hosts == nil || host == "" || g.hosts[host] {
		return true
	}
	return g.loopback && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// isProbe says whether the request asks for health only: probes name whatever host they like, and are answered on
// connections too many.
func isProbe(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && slices.Contains(probeTemplates, r.URL.Path)
}

// hostName is the host of a header Host in one spelling: without port, brackets and a dot at the end, in lower case.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

var hostPattern = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$`)

// parseHosts reads a list such as "catalog.example, 10.0.0.7".
func parseHosts(text string) ([]string, error) {
	var hosts []string
	for given := range strings.SplitSeq(text, ",") {
		given = strings.TrimSpace(given)
		host := strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(given, "["), "]"), "."))
		if net.ParseIP(host) == nil && !hostPattern.MatchString(host) {
			return nil, fmt.Errorf("must be names or addresses without port, separated by commas, got %q", given)
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}
