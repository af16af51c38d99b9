package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	maxBody       = 16 << 20
	maxImportBody = 160 << 20
	maxRawBody    = 1 << 20
	maxJSONDepth  = 32
	// importRate is how fast a large import must come, in bytes a second, once the time of a small one is over.
	importRate = 64 << 10
)

// bodyTimeouts bound the time in which a body must arrive, that of an import and that of any other call.
type bodyTimeouts struct{ imports, others time.Duration }

var defaultBodyTimeouts = bodyTimeouts{imports: 10 * time.Minute, others: time.Minute}

// of is the time for a body of which so much has come. An import gets its time as it comes: what has come is held in
// memory, so it must not trickle in.
func (t bodyTimeouts) of(r route, length int64) time.Duration {
	if r.takesImport() {
		return min(t.imports, t.others+time.Duration(length)*time.Second/importRate)
	}
	return t.others
}

// takesImport says whether the body may be a large one, be it JSON or a text.
func (r route) takesImport() bool {
	return r.rpc != nil && r.rpc.Name() == "ImportTools" || r.takesText()
}

// takesRaw says whether the body is signed as it is: it is passed on byte by byte.
func (r route) takesRaw() bool { return r.rpc != nil && r.rpc.Name() == "ReceiveWebhook" }

func (r route) maxBody() int64 {
	switch {
	case r.takesText():
		return maxText
	case r.takesImport():
		return maxImportBody
	case r.takesRaw():
		return maxRawBody
	}
	return maxBody
}

// limitBodyTime sets the time until which the body can be read. It stays set when the body is not read to its end: the
// server reads on before it answers, and would wait for the rest for ever.
func limitBodyTime(w http.ResponseWriter, r *http.Request, timeout time.Duration) {
	if r.Body != nil && r.Body != http.NoBody {
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(timeout))
	}
}

// readBody reads the whole body in the time given and checks what protojson would not, or not with a position. The call
// holds the memory of it.
func readBody(w http.ResponseWriter, r *http.Request, route route, timeouts bodyTimeouts) ([]byte, error) {
	limit := route.maxBody()
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close")
		return nil, refuse(bodyTooLarge, "body: must be at most %d bytes, got %d", limit, r.ContentLength)
	}
	text, err := collectBody(w, r, route, timeouts)
	if err != nil {
		// What is left is not read.
		w.Header().Set("Connection", "close")
		return nil, err
	}
	// From here on the server reads only to learn that the client has gone.
	http.NewResponseController(w).SetReadDeadline(time.Time{})
	if route.takesRaw() {
		return text, nil
	}
	values, err := checkJSON(text)
	if err != nil {
		return nil, err
	}
	if err := takeForBody(callMemoryOf(r.Context()), values*valueCost); err != nil {
		return nil, err
	}
	text = bytes.TrimSpace(text)
	if route.body == "" && len(text) > 0 {
		if p := findProblem(text, (&emptypb.Empty{}).ProtoReflect().Descriptor()); p != nil {
			return nil, p.refusal(text, " (this call takes no body)")
		}
	}
	return text, nil
}

// collectBody reads the body and charges the call for it as it comes.
func collectBody(w http.ResponseWriter, r *http.Request, route route, timeouts bodyTimeouts) ([]byte, error) {
	limit := route.maxBody()
	var reader io.Reader = http.MaxBytesReader(w, r.Body, limit)
	if route.takesImport() {
		reader = &textLimit{reader: reader, max: maxText}
	}
	memory, start, charged := callMemoryOf(r.Context()), time.Now(), int64(0)
	control := http.NewResponseController(w)
	control.SetReadDeadline(start.Add(timeouts.of(route, 0)))
	var refused error
	text, length, err := readPieces(reader, r.ContentLength, func(length int64) error {
		control.SetReadDeadline(start.Add(timeouts.of(route, length)))
		refused = takeForBody(memory, (length-charged)*bodyCost)
		charged = length
		return refused
	})
	if err != nil && refused == nil {
		return nil, explainRead(err, limit, timeouts.of(route, length).Round(time.Millisecond), length)
	}
	return text, refused
}

// takeForBody charges a call for its body. A body that could never be taken is too large, however little others hold.
func takeForBody(memory *callMemory, n int64) error {
	if memory.fits(n) {
		if memory.take(n) {
			return nil
		}
		return refuse(memoryExhausted, "body: the calls in flight hold all the memory that they may; try again later")
	}
	return refuse(bodyTooLarge, "body: needs more memory than this gateway has for a call (%d bytes)", memory.budget.largest())
}

// explainRead says why a body could not be read to its end.
func explainRead(err error, limit int64, timeout time.Duration, read int64) error {
	var exceeded *http.MaxBytesError
	switch {
	case errors.As(err, &exceeded):
		return refuse(bodyTooLarge, "body: must be at most %d bytes", limit)
	case errors.Is(err, errTextTooLong):
		return refuse(bodyTooLarge, "body: each text must be at most %d bytes, got a longer one within the first %d bytes",
			maxText, read)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(bodyTooSlow, "body: must arrive within %v, got %d bytes", timeout, read)
	}
	return refuse(bodyIncomplete, "body: cannot be read to its end")
}

// requestBody is a body that was read and checked; the marshaler takes the text as it is, without a further copy.
type requestBody struct {
	io.ReadCloser
	text []byte
	// refused is why the text could not be read; the generated code makes another error of it.
	refused error
}

// setBody makes the generated code read text, and read it as JSON whatever the Content-Type was.
func setBody(r *http.Request, text []byte) {
	r.Body = &requestBody{ReadCloser: http.NoBody, text: text}
	r.ContentLength = int64(len(text))
	r.Header.Set("Content-Type", "application/json")
}

// checkJSON refuses text that is not UTF-8, or nests deeper than the services can read. It returns a bound of how many
// values the text has.
func checkJSON(text []byte) (values int64, err error) {
	if !utf8.Valid(text) {
		return 0, refuse(invalidJSON, "body: must be UTF-8, has an invalid byte at offset %d", invalidByte(text))
	}
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == ',':
			values++
		case c == '{' || c == '[':
			values++
			if depth++; depth > maxJSONDepth {
				return 0, refuse(invalidJSON, "body: must nest at most %d levels, nests deeper at offset %d", maxJSONDepth, i)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return values, nil
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
