package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
		if err := protojson.Unmarshal(body.text, message); err != nil {
			body.refused = refuse(invalidJSON, "%v", explainJSON(explainTime(body.text, err)))
			return body.refused
		}
		// The message has it all: a large text need not be held twice while the service is at work.
		body.text = nil
		return nil
	})
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

var fieldInMessage = regexp.MustCompile(`field "?(\w+)`)

// explainJSON names the body in protojson's messages, which have a position, and the field as the API does.
func explainJSON(err error) error {
	if err == nil {
		return nil
	}
	// The prefix ends with a plain or a non-breaking space, at random.
	text := strings.TrimLeft(strings.TrimPrefix(err.Error(), "proto:"), " \u00a0")
	if found := fieldInMessage.FindStringSubmatchIndex(text); found != nil {
		if name, ok := protoNames[text[found[2]:found[3]]]; ok {
			text = text[:found[2]] + name + text[found[3]:]
		}
	}
	return errors.New("body: " + text)
}
