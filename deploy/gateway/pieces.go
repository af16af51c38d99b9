package main

import (
	"errors"
	"io"
)

const (
	firstPiece   = 4 << 10
	largestPiece = 1 << 20
)

// readPieces reads to the end, into memory that grows with what has come: what the sender promises is not allocated, it
// only bounds the last piece. A negative promise is none. It calls arrived with the length of all that was read, after
// every read, and ends with its error. It returns how much was read also when it fails.
func readPieces(reader io.Reader, promised int64, arrived func(length int64) error) ([]byte, int64, error) {
	var pieces [][]byte
	var last []byte
	length := int64(0)
	for {
		if len(last) == cap(last) {
			pieces, last = append(pieces, last), make([]byte, 0, nextPiece(length, promised))
		}
		n, err := reader.Read(last[len(last):cap(last)])
		last = last[:len(last)+n]
		length += int64(n)
		if refused := arrived(length); refused != nil {
			return nil, length, refused
		}
		if errors.Is(err, io.EOF) {
			return joinPieces(append(pieces, last), length), length, nil
		}
		if err != nil {
			return nil, length, err
		}
	}
}

// nextPiece is as much as has come already, within bounds, and not more than is still to come.
func nextPiece(length, promised int64) int64 {
	size := min(max(length, firstPiece), largestPiece)
	if left := promised - length; left > 0 {
		size = min(size, left)
	}
	return size
}

// joinPieces makes one text, and lets go of each piece once it is copied.
func joinPieces(pieces [][]byte, length int64) []byte {
	if len(pieces) == 2 && len(pieces[0]) == 0 {
		return pieces[1]
	}
	text := make([]byte, 0, length)
	for i, piece := range pieces {
		text = append(text, piece...)
		pieces[i] = nil
	}
	return text
}
