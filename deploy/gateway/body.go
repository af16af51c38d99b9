package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	maxBody       = 16 << 20
	maxImportBody = 160 << 20
	maxJSONDepth  = 32
	// bodyTimeout bounds the time in which a body must arrive.
	bodyTimeout = 2 * time.Minute
)

func (r route) maxBody() int64 {
	if r.rpc != nil && r.rpc.Name() == "ImportTools" {
		return maxImportBody
	}
	return maxBody
}

// readBody reads the whole body and checks what protojson would not, or not with a position.
func readBody(w http.ResponseWriter, r *http.Request, route route) ([]byte, error) {
	limit := route.maxBody()
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close")
		return nil, tooLarge("body: must be at most %d bytes, got %d", limit, r.ContentLength)
	}
	connection := http.NewResponseController(w)
	connection.SetReadDeadline(time.Now().Add(bodyTimeout))
	defer connection.SetReadDeadline(time.Time{})
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, limit)); err != nil {
		var exceeded *http.MaxBytesError
		if errors.As(err, &exceeded) {
			w.Header().Set("Connection", "close")
			return nil, tooLarge("body: must be at most %d bytes", limit)
		}
		return nil, invalid("body: cannot be read to its end")
	}
	if err := checkJSON(body.Bytes()); err != nil {
		return nil, err
	}
	text := bytes.TrimSpace(body.Bytes())
	if route.body == "" && len(text) > 0 {
		if err := explainJSON(protojson.Unmarshal(text, &emptypb.Empty{})); err != nil {
			return nil, invalid("%v (this call takes no body)", err)
		}
	}
	return text, nil
}

// requestBody is a body that was read and checked; the marshaler takes the text as it is, without a further copy.
type requestBody struct {
	io.ReadCloser
	text []byte
}

// setBody makes the generated code read text, and read it as JSON whatever the Content-Type was.
func setBody(r *http.Request, text []byte) {
	r.Body = &requestBody{http.NoBody, text}
	r.ContentLength = int64(len(text))
	r.Header.Set("Content-Type", "application/json")
}

// checkJSON refuses text that is not UTF-8, or nests deeper than the services can read.
func checkJSON(text []byte) error {
	if !utf8.Valid(text) {
		return invalid("body: must be UTF-8, has an invalid byte at offset %d", invalidByte(text))
	}
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxJSONDepth {
				return invalid("body: must nest at most %d levels, nests deeper at offset %d", maxJSONDepth, i)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

func invalidByte(text []byte) int {
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}
