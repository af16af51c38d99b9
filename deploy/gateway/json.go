package main

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// marshaler writes and reads the API's JSON: proto names, unset scalars and empty lists written, unset messages left
// out, stable spacing; unknown fields refused. It embeds grpc-gateway's for the values that are no message.
type marshaler struct{ *runtime.JSONPb }

func newMarshaler() marshaler {
	return marshaler{&runtime.JSONPb{
		MarshalOptions: protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true},
	}}
}

// StreamContentType says that a stream is one JSON object a line.
func (marshaler) StreamContentType(any) string { return "application/x-ndjson" }

// Marshal removes the spaces that protojson strews to keep programs from relying on its spacing. A stream's line is a
// map with one message.
func (m marshaler) Marshal(value any) ([]byte, error) {
	switch line := value.(type) {
	case map[string]any:
		return marshalLine(m, line)
	case map[string]proto.Message:
		return marshalLine(m, line)
	}
	text, err := m.JSONPb.Marshal(value)
	return withoutSpaces(text), err
}

// withoutSpaces removes the spaces between the tokens of JSON, in place: the text of an answer can be large.
func withoutSpaces(text []byte) []byte {
	kept, inString := text[:0], false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			kept = append(kept, c, text[i+1])
			i++
		case c == '"':
			inString = !inString
			kept = append(kept, c)
		case inString || c != ' ' && c != '\n':
			kept = append(kept, c)
		}
	}
	return kept
}

func marshalLine[V any](m marshaler, line map[string]V) ([]byte, error) {
	text := []byte("{")
	for _, key := range slices.Sorted(maps.Keys(line)) {
		value, err := m.Marshal(line[key])
		if err != nil {
			return nil, err
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(strconv.AppendQuote(text, key), ':')
		text = append(text, value...)
	}
	return append(text, '}'), nil
}

// NewDecoder reads one message that is the whole body; an empty body is io.EOF.
func (m marshaler) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(target any) error {
		body, ok := r.(*requestBody)
		if !ok {
			return fmt.Errorf("body: cannot be read from a %T", r)
		}
		if len(body.text) == 0 {
			return io.EOF
		}
		message, err := messageAt(target)
		if err != nil {
			return err
		}
		if body.refused = unmarshal(body.text, message); body.refused != nil {
			return body.refused
		}
		// The message has it all: a large text need not be held twice while the service is at work.
		body.text = nil
		return nil
	})
}

// unmarshal reads the whole text into the message.
func unmarshal(text []byte, message proto.Message) error {
	descriptor := message.ProtoReflect().Descriptor()
	if protojson.Unmarshal(text, message) != nil {
		if p := findProblem(text, descriptor); p != nil {
			return p.refusal(text, "")
		}
		return refuse(invalidJSON, "body: is not the JSON of a %s", descriptor.Name())
	}
	if holdsFree(descriptor) {
		if p := findInexact(text, descriptor); p != nil {
			return p.refusal(text, "")
		}
	}
	return nil
}

// messageAt is the message that target points to, made if target points to a nil field.
func messageAt(target any) (proto.Message, error) {
	if message, ok := target.(proto.Message); ok {
		return message, nil
	}
	field := reflect.ValueOf(target).Elem()
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		if message, ok := field.Interface().(proto.Message); ok {
			return message, nil
		}
	}
	return nil, fmt.Errorf("body: cannot be read into a %T", target)
}
