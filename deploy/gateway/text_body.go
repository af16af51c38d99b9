package main

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// textTypes are the media types of a body that is the YAML text of an import. A body without a type is one too.
var textTypes = []string{"application/yaml", "text/yaml", "application/x-yaml", "text/plain"}

// pieceTime is how long a piece may gather. The catalog gives up a sender that is silent for 30 s.
const pieceTime = 10 * time.Second

// importOptions are the fields that such an import takes as query parameters.
var importOptions = (&pb.ImportOptions{}).ProtoReflect().Descriptor().Fields()

// takesText says whether the body is the text of an import itself. It is passed on as it comes, and never held whole.
func (r route) takesText() bool { return r.rpc != nil && r.rpc.Name() == "StreamImport" }

// checkTextBody refuses a body that is no text by what its headers say.
func checkTextBody(w http.ResponseWriter, r *http.Request) error {
	if given := r.Header.Get("Content-Type"); given != "" {
		mediaType, parameters, err := mime.ParseMediaType(given)
		isUTF8 := slices.Contains([]string{"", "utf-8", "us-ascii"}, strings.ToLower(parameters["charset"]))
		if err != nil || !isUTF8 || !slices.Contains(textTypes, mediaType) {
			w.Header().Set("Connection", "close")
			rule := "must be one of " + strings.Join(textTypes, ", ") + ", in UTF-8, for the body is the YAML text itself"
			return refuse(unsupportedMediaType, "header Content-Type: %s, got %.100q", rule, given).about("Content-Type", rule)
		}
	}
	if r.ContentLength > maxText {
		w.Header().Set("Connection", "close")
		return refuse(bodyTooLarge, "body: must be at most %d bytes, got %d", maxText, r.ContentLength)
	}
	return nil
}

// textImport is an import whose body is the text. The query was checked.
func (a *api) textImport(w http.ResponseWriter, r *http.Request) (importSource, error) {
	options := &pb.ImportOptions{}
	for name, values := range r.URL.Query() {
		field := importOptions.ByName(protoreflect.Name(name))
		value := protoreflect.ValueOfString(values[0])
		if field.Kind() == protoreflect.BoolKind {
			value = protoreflect.ValueOfBool(values[0] == "true")
		}
		options.ProtoReflect().Set(field, value)
	}
	route, _ := routeOf(r.Context())
	body := &textBody{
		reader: http.MaxBytesReader(w, r.Body, maxText), header: w.Header(), control: http.NewResponseController(w),
		memory: callMemoryOf(r.Context()), timeouts: a.bodyTimeouts, route: route, start: time.Now(), promised: r.ContentLength,
	}
	// What is left after a refusal is not read.
	body.header.Set("Connection", "close")
	body.control.SetReadDeadline(body.start.Add(body.timeouts.of(route, 0)))
	return importSource{options: options, next: body.next, timeout: a.bodyTimeouts.imports + callTimeout}, nil
}

// textBody reads a body piece by piece, in the time that it has. The call is charged for one piece.
type textBody struct {
	reader   io.Reader
	header   http.Header
	control  *http.ResponseController
	memory   *callMemory
	timeouts bodyTimeouts
	route    route
	start    time.Time
	// promised is the length of the whole; negative = unknown. length has come, charged is that of the longest piece.
	promised, length, charged int64
}

func (b *textBody) next() ([]byte, error) {
	var refused error
	reader := &pieceReader{reader: io.LimitReader(b.reader, importPiece), until: time.Now().Add(pieceTime)}
	piece, length, err := readPieces(reader, b.promised-b.length, func(length int64) error {
		b.control.SetReadDeadline(b.start.Add(b.timeouts.of(b.route, b.length+length)))
		if length > b.charged {
			refused = takeForBody(b.memory, (length-b.charged)*bodyCost)
			b.charged = length
		}
		return refused
	})
	b.length += length
	switch {
	case refused != nil:
		return nil, refused
	case err != nil:
		timeout := b.timeouts.of(b.route, b.length).Round(time.Millisecond)
		return nil, explainRead(err, maxText, timeout, b.length)
	case length == 0:
		b.header.Del("Connection")
		// From here on the server reads only to learn that the client has gone.
		b.control.SetReadDeadline(time.Time{})
		return nil, io.EOF
	}
	return piece, nil
}

// pieceReader ends when a piece has gathered for long enough, but not without a byte.
type pieceReader struct {
	reader io.Reader
	until  time.Time
	begun  bool
}

func (p *pieceReader) Read(text []byte) (int, error) {
	if p.begun && time.Now().After(p.until) {
		return 0, io.EOF
	}
	n, err := p.reader.Read(text)
	p.begun = p.begun || n > 0
	return n, err
}

// textBodySchema describes the body for OpenAPI.
func textBodySchema() object {
	content := object{}
	for _, mediaType := range textTypes {
		content[mediaType] = object{"schema": object{
			"type": "string", "description": "Tool definitions in YAML, of which JSON is a part: UTF-8, at most 64 MiB.",
		}}
	}
	return object{"required": true, "content": content}
}

// importParameters describes the query for OpenAPI.
func importParameters() []any {
	var parameters []any
	for i := range importOptions.Len() {
		field := importOptions.Get(i)
		parameter := stringParameter("query", string(field.Name()), "The field of the same name in the JSON of an import.")
		if field.Kind() == protoreflect.BoolKind {
			parameter["schema"] = object{"type": "boolean"}
		}
		parameters = append(parameters, parameter)
	}
	return parameters
}
