package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// watchTools keeps 1,000 streams of changes open. 200 of them begin with a snapshot, and nobody reads them.
func watchTools(ctx context.Context, t target, count *counter) {
	const perConnection = 100
	watch := func(connections int, fetches bool, request []byte) {
		connected(ctx, connections, t.catalog, fetches, count, func(ctx context.Context, c *rawConnection) {
			keepOpen(ctx, c, perConnection, 10*time.Millisecond, count, func(int) (string, []byte) {
				return catalogService + "WatchTools", request
			})
		})
	}
	var watching sync.WaitGroup
	watching.Go(func() { watch(8, true, number(10, 1000)) })
	watching.Go(func() { watch(2, false, number(3, 1)) })
	watching.Wait()
}

// watchReloads keeps 20,000 streams of reloads open, or as many as it gets.
func watchReloads(ctx context.Context, t target, count *counter) {
	const connections, perConnection = 200, 100
	connected(ctx, connections, t.reload, true, count, func(ctx context.Context, c *rawConnection) {
		keepOpen(ctx, c, perConnection, 50*time.Millisecond, count, func(int) (string, []byte) {
			return reloadService + "WatchReloads", nil
		})
	})
}

// idle keeps 5,000 connections to each port open that say nothing.
func idle(ctx context.Context, t target, count *counter) {
	const pause = 5 * time.Second
	addresses := []string{t.catalog, t.reload, t.gateway}
	crowd(ctx, 5000*len(addresses), func(ctx context.Context, index int) {
		wait(ctx, rand.N(pause)) // so that they do not all come at once, again and again
		connection, err := dial(ctx, addresses[index%len(addresses)])
		if err != nil {
			count.add("connections refused", 1)
			return
		}
		defer connection.Close()
		count.add("connections", 1)
		buffer := make([]byte, 512)
		for err == nil { // what the server says first is not answered
			_, err = connection.Read(buffer)
		}
	})
}
