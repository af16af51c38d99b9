package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxConnections = 16 << 10
	// spareFiles are kept for what is no connection of a caller.
	spareFiles = 64
	// sendBuffer bounds what the kernel keeps of an answer that is not read, which is memory of the process too.
	sendBuffer = 256 << 10
)

// openFiles is how many files the process may have open at once.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return int(min(limit.Cur, 1<<30))
}

// boundedListener accepts so many connections at once, of which one address may have three quarters. Some more are
// accepted to be told so, in an answer; those beyond are closed. Nothing waits: a connection that is not accepted looks
// like a gateway that hangs.
type boundedListener struct {
	net.Listener
	max int64
	// stall is the time after which a write of which nobody takes anything ends.
	stall time.Duration
	log   *slog.Logger

	mu    sync.Mutex
	open  int64
	peers map[string]*peer
}

// peer is an address with open connections.
type peer struct {
	open int64
	// full says that its connections are being closed unheard.
	full bool
}

func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address, _, _ := net.SplitHostPort(accepted.RemoteAddr().String())
		surplus := l.add(address)
		if surplus > l.max/8+1 {
			l.remove(address)
			accepted.Close()
			continue
		}
		c := &connection{Conn: accepted, stall: l.stall, crowded: surplus > 0}
		c.forget = sync.OnceFunc(func() { l.remove(address) })
		if tcp, ok := accepted.(*net.TCPConn); ok {
			tcp.SetWriteBuffer(sendBuffer)
			c.raw, _ = tcp.SyscallConn()
		}
		return c, nil
	}
}

// add counts a connection, and returns by how many there are too many now, in all or from its address.
func (l *boundedListener) add(address string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.peers == nil {
		l.peers = map[string]*peer{}
	}
	p := l.peers[address]
	if p == nil {
		p = &peer{}
		l.peers[address] = p
	}
	l.open++
	p.open++
	surplus := max(l.open-l.max, p.open-(l.max-l.max/4))
	switch {
	case surplus > l.max/8+1 && !p.full:
		p.full = true
		l.log.Warn("too many connections: further ones are closed", "open", l.open-1, "peer", address, "of_peer", p.open-1)
	case surplus <= 0 && p.full:
		p.full = false
		l.log.Info("connections are accepted again", "open", l.open, "peer", address)
	}
	return surplus
}

func (l *boundedListener) remove(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	p := l.peers[address]
	if p.open--; p.open == 0 {
		delete(l.peers, address)
	}
}

// connection is one of a caller. A write ends at its deadline; one without a deadline goes on for as long as the caller
// takes anything of what was written, however slowly.
type connection struct {
	net.Conn
	raw    syscall.RawConn
	stall  time.Duration
	forget func()
	// crowded says that there were too many connections when this one came.
	crowded bool
	// deadline and written belong to the one goroutine that answers.
	deadline time.Time
	written  int64
}

func (c *connection) Close() error {
	c.forget()
	return c.Conn.Close()
}

// CloseWrite lets the HTTP server end an answer while the caller still sends: a plain close would reset the connection,
// and the answer with it.
func (c *connection) CloseWrite() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

func (c *connection) SetWriteDeadline(deadline time.Time) error {
	c.deadline = deadline
	return c.Conn.SetWriteDeadline(deadline)
}

func (c *connection) Write(text []byte) (int, error) {
	total := 0
	for {
		before := c.taken()
		if c.deadline.IsZero() {
			c.Conn.SetWriteDeadline(time.Now().Add(c.stall))
		}
		n, err := c.Conn.Write(text[total:])
		total += n
		c.written += int64(n)
		if err == nil || !c.deadline.IsZero() || !errors.Is(err, os.ErrDeadlineExceeded) || c.taken() == before {
			return total, err
		}
	}
}

// taken is how much of what was written has arrived at the caller's machine.
func (c *connection) taken() int64 {
	waiting := 0
	if c.raw != nil {
		c.raw.Control(func(fd uintptr) { waiting, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	}
	return c.written - int64(waiting)
}

type crowdedKey struct{}

// markCrowded is the ConnContext of the HTTP server.
func markCrowded(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*connection); ok && c.crowded {
		return context.WithValue(ctx, crowdedKey{}, true)
	}
	return ctx
}

// crowded says whether the request came on a connection too many.
func crowded(ctx context.Context) bool { return ctx.Value(crowdedKey{}) != nil }
