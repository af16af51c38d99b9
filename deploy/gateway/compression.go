package main

import (
	"compress/gzip"
	"io"
	"sync"
)

const (
	// minCompressed is the length from which an answer is worth compressing.
	minCompressed = 1 << 10
	// compressionCost is what compressing an answer takes in memory, as measured.
	compressionCost = 3 << 19
)

var compressors = sync.Pool{New: func() any {
	writer, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	return writer
}}

// writeCompressed writes the text as gzip, and answers how much of the text was taken.
func writeCompressed(w io.Writer, text []byte) (int, error) {
	compressor := compressors.Get().(*gzip.Writer)
	compressor.Reset(w)
	n, err := compressor.Write(text)
	if err == nil {
		err = compressor.Close()
	}
	compressor.Reset(io.Discard) // what waits in the pool must not hold the answer's connection
	compressors.Put(compressor)
	return n, err
}
