package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"sync"
	"time"
)

const mib = 1 << 20

// sendHalfMessages promises messages of 4 MiB and sends nearly all of them, on 100 connections, each for some seconds.
func sendHalfMessages(ctx context.Context, t target, count *counter) {
	half := append(binary.BigEndian.AppendUint32([]byte{0}, 4*mib), make([]byte, 4*mib-1000)...)
	connected(ctx, 100, t.catalog, true, count, func(ctx context.Context, c *rawConnection) {
		ending := time.AfterFunc(5*time.Second, c.close)
		defer ending.Stop()
		var sending sync.WaitGroup
		for range 8 {
			sending.Go(func() {
				id, err := c.begin(catalogService + "CreateTool")
				if err != nil {
					return
				}
				sent, _ := c.send(id, half, false)
				count.add("KiB", sent>>10)
			})
		}
		sending.Wait()
		c.awaitEnd()
	})
}

// fetchNothing asks for the largest answers on eight connections whose window is zero.
func fetchNothing(ctx context.Context, t target, count *counter) {
	connected(ctx, 8, t.catalog, false, count, func(ctx context.Context, c *rawConnection) {
		keepOpen(ctx, c, 5000, time.Millisecond, count, func(i int) (string, []byte) {
			if i%8 == 0 {
				return catalogService + "ExportTools", nil
			}
			return catalogService + "ListTools", number(2, 1000)
		})
	})
}

// sendPacked sends messages that are small until they are unpacked.
func sendPacked(ctx context.Context, t target, count *counter) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	writer.Write(make([]byte, 4*mib-100))
	writer.Close()
	flagged := message(packed.Bytes())
	flagged[0] = 1
	connected(ctx, 4, t.catalog, true, count, func(ctx context.Context, c *rawConnection) {
		for ctx.Err() == nil && c.awaitFewer(20) == nil {
			id, err := c.begin(catalogService+"CreateTool", "grpc-encoding", "gzip")
			if err != nil {
				return
			}
			c.send(id, flagged, true)
			count.add("calls", 1)
		}
	})
}

// sendBombs sends tools with empty entries: two bytes on the wire are hundreds in memory.
func sendBombs(ctx context.Context, t target, count *counter) {
	entries := func(size int) []byte {
		return text(1, string(append(tool("hostile-bomb", "x"), bytes.Repeat([]byte{10<<3 | 2, 0}, size/2)...)))
	}
	requests := [][]byte{entries(4*mib - 1000), entries(mib - 1000), entries(mib / 4)}
	connected(ctx, 4, t.catalog, true, count, func(ctx context.Context, c *rawConnection) {
		keepOpen(ctx, c, 20, time.Millisecond, count, func(i int) (string, []byte) {
			return catalogService + "CreateTool", requests[i%len(requests)]
		})
	})
}
