package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const (
	// minCompressed is the length from which an answer is worth compressing.
	minCompressed = 1 << 10
	// compressionCost is what compressing an answer takes in memory.
	compressionCost = 1 << 20
)

var compressors = sync.Pool{New: func() any {
	writer, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	return writer
}}

// acceptsGzip says whether the caller would rather have gzip than the plain answer (RFC 9110, 12.5.3).
func acceptsGzip(header http.Header) bool {
	weights := map[string]float64{}
	for element := range strings.SplitSeq(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		coding, parameter, _ := strings.Cut(element, ";")
		weight := 1.0
		if name, value, found := strings.Cut(parameter, "="); found && strings.EqualFold(strings.TrimSpace(name), "q") {
			var err error
			if weight, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
				continue
			}
		}
		weights[strings.ToLower(strings.TrimSpace(coding))] = weight
	}
	weight := func(codings ...string) float64 {
		for _, coding := range codings {
			if weight, given := weights[coding]; given {
				return weight
			}
		}
		return 0
	}
	gzipWeight := weight("gzip", "x-gzip", "*")
	return gzipWeight > 0 && gzipWeight >= weight("identity")
}

// writeCompressed writes the text as gzip, and answers how much of the text was taken.
func writeCompressed(w io.Writer, text []byte) (int, error) {
	compressor := compressors.Get().(*gzip.Writer)
	defer compressors.Put(compressor)
	compressor.Reset(w)
	n, err := compressor.Write(text)
	if err == nil {
		err = compressor.Close()
	}
	return n, err
}
