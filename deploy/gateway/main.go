// Command gateway serves the REST interface of the Tool Catalog: JSON over HTTP in front of the catalog service and the
// reload service, made by grpc-gateway from the annotated protos.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc/grpclog"
)

// The build sets both: the version from the file VERSION, the commit from git where there is a repository.
var version, commit = "unknown", "unknown"

func main() {
	// gRPC's own log is not JSON; the gateway logs what matters of it.
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
	stop, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	os.Exit(run(stop, os.Args[1:], os.Stdout, os.Stderr))
}

// run serves until stop is done and returns the exit code.
func run(stop context.Context, args []string, stdout, stderr io.Writer) int {
	flags, err := parseFlags(args)
	if errors.Is(err, errHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "gateway: %v\n", err)
		return 1
	}
	if flags.version {
		fmt.Fprintf(stdout, "toolcatalog-gateway %s (%s)\n", version, commit)
		return 0
	}
	listener, err := net.Listen("tcp", flags.listen)
	if err != nil {
		fmt.Fprintf(stderr, "gateway: cannot listen on %q: %v\n", flags.listen, cause(err))
		return 1
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	memory := setMemoryLimit(flags.memoryLimitMiB, os.Getenv("GOMEMLIMIT"), os.DirFS("/"))
	server, err := newServer(settings{
		catalog: flags.catalog, reload: flags.reload, allowedHosts: flags.allowedHosts, origins: flags.origins,
		limits: limitsOf(memory),
	}, log)
	if err != nil {
		fmt.Fprintf(stderr, "gateway: %v\n", err)
		return 1
	}
	if err := server.serve(stop, listener); err != nil {
		log.Error("stopped", "error", err.Error())
		return 1
	}
	return 0
}

// cause is the innermost error: "address already in use" without the address said twice.
func cause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}
