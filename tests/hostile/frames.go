package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// attackerHost is the address that attackers come from: another one than the honest client's, because the services share
// places by address.
var attackerHost = net.IPv4(127, 0, 0, 2)

var errEnded = errors.New("the stream or its connection has ended")

// connectFrom opens a TCP connection as an attacker.
func connectFrom(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: attackerHost}}
	return dialer.DialContext(ctx, "tcp", address)
}

// dial does the same, and closes the connection when ctx is done.
func dial(ctx context.Context, address string) (net.Conn, error) {
	connection, err := connectFrom(ctx, address)
	if err == nil {
		context.AfterFunc(ctx, func() { connection.Close() })
	}
	return connection, err
}

// rawConnection is an HTTP/2 connection to a gRPC server that sends frames as it is told, right or wrong. Thread-safe.
// It obeys the server's windows, so that the server has no reason to end it.
type rawConnection struct {
	connection net.Conn
	framer     *http2.Framer
	// fetches says whether the client takes what it is sent. One that does not has a window of zero.
	fetches bool

	writing sync.Mutex
	encoder *hpack.Encoder
	headers bytes.Buffer

	mutex   sync.Mutex
	changed *sync.Cond
	ended   bool
	nextID  uint32
	window  int64            // of the connection
	initial int64            // of a new stream
	streams map[uint32]int64 // the window of each open stream
}

// open connects to a gRPC server. The connection ends with ctx.
func open(ctx context.Context, address string, fetches bool) (*rawConnection, error) {
	connection, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	c := &rawConnection{connection: connection, fetches: fetches, nextID: 1, window: 65535, initial: 65535,
		streams: map[uint32]int64{}}
	c.changed = sync.NewCond(&c.mutex)
	c.encoder = hpack.NewEncoder(&c.headers)
	c.framer = http2.NewFramer(connection, connection)
	window := uint32(0)
	if fetches {
		window = 65535
	}
	if _, err := io.WriteString(connection, http2.ClientPreface); err != nil {
		return nil, err
	}
	if err := c.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window}); err != nil {
		return nil, err
	}
	go c.read()
	return c, nil
}

func (c *rawConnection) close() { c.connection.Close() }

// begin opens a stream for a call of a method, and answers its id. Headers are alternating names and values.
func (c *rawConnection) begin(method string, headers ...string) (uint32, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mutex.Lock()
	id, ended := c.nextID, c.ended
	c.nextID += 2
	c.streams[id] = c.initial
	c.mutex.Unlock()
	if ended {
		return 0, errEnded
	}
	c.headers.Reset()
	all := append([]string{":method", "POST", ":scheme", "http", ":path", method, ":authority", "hostile",
		"te", "trailers", "content-type", "application/grpc"}, headers...)
	for i := 0; i+1 < len(all); i += 2 {
		if err := c.encoder.WriteField(hpack.HeaderField{Name: all[i], Value: all[i+1]}); err != nil {
			return 0, err
		}
	}
	return id, c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.headers.Bytes(), EndHeaders: true})
}

// send writes data as far as the server's windows open, and answers how many bytes went out. It waits until all did, or
// the stream has ended.
func (c *rawConnection) send(id uint32, data []byte, last bool) (int, error) {
	const largest = 16384
	sent := 0
	for {
		piece, err := c.take(id, min(len(data)-sent, largest))
		if err != nil {
			return sent, err
		}
		end := last && sent+piece == len(data)
		c.writing.Lock()
		err = c.framer.WriteData(id, end, data[sent:sent+piece])
		c.writing.Unlock()
		sent += piece
		if err != nil || sent == len(data) {
			return sent, err
		}
	}
}

// take waits for room in the windows, and takes at most so much of it.
func (c *rawConnection) take(id uint32, wanted int) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for {
		window, isOpen := c.streams[id]
		if c.ended || !isOpen {
			return 0, errEnded
		}
		room := min(int64(wanted), window, c.window)
		if room > 0 || wanted == 0 {
			c.streams[id] -= room
			c.window -= room
			return int(room), nil
		}
		c.changed.Wait()
	}
}

// call sends a whole request: a message of a gRPC call, with its prefix.
func (c *rawConnection) call(method string, request []byte, headers ...string) error {
	id, err := c.begin(method, headers...)
	if err == nil {
		_, err = c.send(id, message(request), true)
	}
	return err
}

// awaitFewer waits until fewer than so many streams are open.
func (c *rawConnection) awaitFewer(streams int) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for !c.ended && len(c.streams) >= streams {
		c.changed.Wait()
	}
	if c.ended {
		return errEnded
	}
	return nil
}

// awaitEnd waits until the connection has ended.
func (c *rawConnection) awaitEnd() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for !c.ended {
		c.changed.Wait()
	}
}

// openStreams is how many streams are open.
func (c *rawConnection) openStreams() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.streams)
}

func (c *rawConnection) read() {
	for {
		frame, err := c.framer.ReadFrame()
		if err == nil {
			err = c.react(frame)
		}
		if err != nil {
			c.connection.Close()
			c.mutex.Lock()
			c.ended = true
			c.changed.Broadcast()
			c.mutex.Unlock()
			return
		}
	}
}

// react does what a client must, and what a client that fetches wants to.
func (c *rawConnection) react(frame http2.Frame) error {
	c.note(frame)
	c.writing.Lock()
	defer c.writing.Unlock()
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if !frame.IsAck() {
			return c.framer.WriteSettingsAck()
		}
	case *http2.PingFrame:
		if !frame.IsAck() {
			return c.framer.WritePing(true, frame.Data)
		}
	case *http2.DataFrame:
		if length := uint32(len(frame.Data())); c.fetches && length > 0 {
			if err := c.framer.WriteWindowUpdate(0, length); err != nil || frame.StreamEnded() {
				return err
			}
			return c.framer.WriteWindowUpdate(frame.StreamID, length)
		}
	}
	return nil
}

// note keeps the books of windows and streams.
func (c *rawConnection) note(frame http2.Frame) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if initial, given := frame.Value(http2.SettingInitialWindowSize); given {
			for id := range c.streams {
				c.streams[id] += int64(initial) - c.initial
			}
			c.initial = int64(initial)
		}
	case *http2.WindowUpdateFrame:
		if frame.StreamID == 0 {
			c.window += int64(frame.Increment)
		} else if _, isOpen := c.streams[frame.StreamID]; isOpen {
			c.streams[frame.StreamID] += int64(frame.Increment)
		}
	case *http2.RSTStreamFrame:
		delete(c.streams, frame.StreamID)
	case *http2.HeadersFrame:
		if frame.StreamEnded() {
			delete(c.streams, frame.StreamID)
		}
	}
	c.changed.Broadcast()
}

// message is a gRPC message with its prefix.
func message(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))), body...)
}
