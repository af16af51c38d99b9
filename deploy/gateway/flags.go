package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
)

const usage = `usage: gateway --listen HOST:PORT --catalog HOST:PORT --reload HOST:PORT [--allowed-hosts HOSTS]
       [--cors-origins ORIGINS] [--memory-limit-mib N]

Serves the REST interface of the Tool Catalog.

  --listen HOST:PORT     address to serve HTTP on; port 0 takes a free one, which the log line "serving" names (required)
  --catalog HOST:PORT    address of the catalog service (required)
  --reload HOST:PORT     address of the reload service (required)
  --allowed-hosts HOSTS  hosts, separated by commas, that requests may name in the header Host. A request for another host
                         is refused with 403, except on the health path. This stops DNS rebinding: pages of other sites
                         whose host name leads here. (default: every host; but if --listen is a loopback address, only
                         localhost and loopback addresses, which are also allowed beside a list)
  --cors-origins ORIGINS origins, separated by commas, whose pages may use the API in a browser, to read and to change, as
                         in https://console.example (default: none)
  --memory-limit-mib N   MiB of memory to keep to, at least 64. How much the calls in flight may hold follows from it (429
                         beyond), and how many connections may be open. GOMEMLIMIT in the environment overrides it.
                         (default: three quarters of the control group's limit; without one a quarter of the machine's
                         memory)
  --version              print the program's name, version and commit, and exit
  --help                 print this text and exit
`

var errHelp = errors.New("help wanted")

type flags struct {
	listen, catalog, reload string
	allowedHosts, origins   []string
	// memoryLimitMiB is 0 for the default.
	memoryLimitMiB int64
	version        bool
}

func parseFlags(args []string) (flags, error) {
	var f flags
	set := flag.NewFlagSet("gateway", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&f.listen, "listen", "", "")
	set.StringVar(&f.catalog, "catalog", "", "")
	set.StringVar(&f.reload, "reload", "", "")
	allowedHosts := set.String("allowed-hosts", "", "")
	origins := set.String("cors-origins", "", "")
	set.Int64Var(&f.memoryLimitMiB, "memory-limit-mib", 0, "")
	set.BoolVar(&f.version, "version", false, "")
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		return f, errHelp
	} else if err != nil {
		return f, fmt.Errorf("%w; see --help", err)
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unknown argument %q; see --help", set.Arg(0))
	}
	if f.version {
		return f, nil
	}
	given := map[string]bool{}
	set.Visit(func(flag *flag.Flag) { given[flag.Name] = true })
	if given["allowed-hosts"] {
		var err error
		if f.allowedHosts, err = parseHosts(*allowedHosts); err != nil {
			return f, fmt.Errorf("--allowed-hosts: %w", err)
		}
	}
	if given["cors-origins"] {
		var err error
		if f.origins, err = parseOrigins(*origins); err != nil {
			return f, fmt.Errorf("--cors-origins: %w", err)
		}
	}
	if given["memory-limit-mib"] && (f.memoryLimitMiB < minMemoryLimitMiB || f.memoryLimitMiB > maxMemoryLimitMiB) {
		return f, fmt.Errorf("--memory-limit-mib: must be from %d to %d, got %d", minMemoryLimitMiB, maxMemoryLimitMiB,
			f.memoryLimitMiB)
	}
	for _, address := range []struct{ flag, value string }{
		{"--listen", f.listen}, {"--catalog", f.catalog}, {"--reload", f.reload},
	} {
		if err := checkAddress(address.value); err != nil {
			return f, fmt.Errorf("%s: %w; see --help", address.flag, err)
		}
	}
	return f, nil
}

func checkAddress(address string) error {
	if address == "" {
		return errors.New("is required")
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("must be HOST:PORT, got %q", address)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("port must be from 0 to 65535, got %q", port)
	}
	return nil
}
