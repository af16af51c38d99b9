package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestPiecesAreReadAsTheyCome(t *testing.T) {
	for _, length := range []int{0, 1, firstPiece - 1, firstPiece, firstPiece + 1, 3 * firstPiece, 3*largestPiece + 7} {
		text := []byte(strings.Repeat("abcdefg", length/7+1)[:length])
		for _, promised := range []int64{-1, int64(length), int64(length) + 10, maxImportBody} {
			for _, reader := range []io.Reader{bytes.NewReader(text), iotest.HalfReader(bytes.NewReader(text)), iotest.DataErrReader(bytes.NewReader(text))} {
				last := int64(0)
				got, n, err := readPieces(reader, promised, func(arrived int64) error {
					if arrived < last {
						t.Errorf("%d arrived after %d", arrived, last)
					}
					last = arrived
					return nil
				})
				if err != nil || n != int64(length) || last != n || !bytes.Equal(got, text) {
					t.Fatalf("%d bytes, %d promised: read %d, told %d, %v", length, promised, n, last, err)
				}
				if slack := cap(got) - len(got); slack > max(firstPiece, length) || slack > largestPiece {
					t.Errorf("%d bytes, %d promised: %d for nothing", length, promised, slack)
				}
			}
		}
	}
}

func TestPiecesEndWithTheirError(t *testing.T) {
	refused := errors.New("refused")
	_, n, err := readPieces(strings.NewReader(strings.Repeat("x", 3*firstPiece)), -1, func(arrived int64) error {
		if arrived > firstPiece {
			return refused
		}
		return nil
	})
	if err != refused || n <= firstPiece {
		t.Errorf("%d bytes, %v", n, err)
	}
	_, n, err = readPieces(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrUnexpectedEOF)), 10,
		func(int64) error { return nil })
	if err != io.ErrUnexpectedEOF || n != 3 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// A promise costs nothing.
func TestAPromiseIsNotAllocated(t *testing.T) {
	allocated := testing.AllocsPerRun(10, func() {
		text, _, _ := readPieces(strings.NewReader("17 bytes of body."), maxImportBody, func(int64) error { return nil })
		if cap(text) > firstPiece {
			t.Errorf("%d bytes for 17", cap(text))
		}
	})
	if allocated > 10 {
		t.Errorf("%v allocations", allocated)
	}
}
