package main

import (
	"net/http"
	"net/url"

	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// formatParameter asks an export for YAML where a header is hard to set, as in a browser's address.
const formatParameter = "format"

// streamsText says whether the answer can be the text itself that is exported.
func (r route) streamsText() bool { return r.rpc != nil && r.rpc.Name() == "StreamExport" }

// chooseFormat makes the mux take the marshaler that the caller asks for: in an export that of YAML, else always JSON.
// It takes the parameter out of the query.
func chooseFormat(w http.ResponseWriter, r *http.Request, route route, query url.Values) error {
	format, given := query.Get(formatParameter), query.Has(formatParameter)
	wanted := route.streamsText() && (given || acceptsYAML(r.Header))
	r.Header.Del("Accept")
	if !route.streamsText() {
		return nil
	}
	w.Header().Add("Vary", "Accept")
	if given && format != "yaml" {
		return badParameter(formatParameter, "must be yaml, or absent for lines of JSON, got %.100q", format)
	}
	query.Del(formatParameter)
	if wanted {
		r.Header.Set("Accept", yamlTypes[0])
	}
	return nil
}

// yamlMarshaler writes the stream of an export as one text in YAML: the pieces are whole documents. All else it writes as
// JSON.
type yamlMarshaler struct{ marshaler }

func (yamlMarshaler) StreamContentType(any) string { return yamlTypes[0] }

// Delimiter is what follows each piece.
func (yamlMarshaler) Delimiter() []byte { return nil }

// Marshal writes an error as the beginning of a text in quotes, so that no reader of YAML takes what came for the whole.
func (m yamlMarshaler) Marshal(value any) ([]byte, error) {
	switch line := value.(type) {
	case map[string]any:
		if piece, ok := line["result"].(*pb.StreamExportResponse); ok {
			return []byte(piece.YamlContent), nil
		}
	case map[string]proto.Message:
		return []byte("\n--- \"the export failed, and is not whole"), nil
	}
	return m.marshaler.Marshal(value)
}

// breakOff ends the connection before the answer's end, and the handler: HTTP has no other way to say that an answer that
// has begun is not whole. HTTP/1.0 has none.
func breakOff(w http.ResponseWriter) {
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
