package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

const (
	structName    = "google.protobuf.Struct"
	valueName     = "google.protobuf.Value"
	listValueName = "google.protobuf.ListValue"
	nullValueName = "google.protobuf.NullValue"
	durationName  = "google.protobuf.Duration"
)

// textForms are the messages that JSON spells as one text, and what that must be.
var textForms = map[protoreflect.FullName]string{
	timestampName: "a time such as 2025-10-03T19:00:00Z",
	durationName:  "a time in seconds such as 1.5s",
	fieldMaskName: "names of fields, separated by commas",
}

// ruleOf is what a value of the field must be, if JSON spells it as a scalar.
func ruleOf(field protoreflect.FieldDescriptor) (rule string, isScalar bool) {
	switch kind := field.Kind(); kind {
	case protoreflect.StringKind:
		return "a text (string)", true
	case protoreflect.BoolKind:
		return "true or false (bool)", true
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		return fmt.Sprintf("a number (%v)", kind), true
	case protoreflect.BytesKind:
		return "base64 (bytes)", true
	case protoreflect.EnumKind:
		return fmt.Sprintf("a name of %s (enum)", field.Enum().Name()), true
	case protoreflect.MessageKind, protoreflect.GroupKind:
		rule, isScalar = textForms[field.Message().FullName()]
		return rule, isScalar
	default:
		return fmt.Sprintf("a whole number (%v)", kind), true
	}
}

// takesScalar asks protojson whether the text of a scalar is a value of the field, except where that is plain: a body can
// have very many.
func takesScalar(field protoreflect.FieldDescriptor, text []byte) bool {
	if text[0] == 'n' && !takesNull(field) {
		return false // an element, or an entry of a map
	}
	switch field.Kind() {
	case protoreflect.StringKind:
		return text[0] == '"'
	case protoreflect.BoolKind:
		return text[0] == 't' || text[0] == 'f'
	case protoreflect.Int32Kind:
		if _, err := strconv.ParseInt(string(text), 10, 32); err == nil {
			return true
		}
	case protoreflect.Int64Kind:
		if _, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			return true
		}
	case protoreflect.DoubleKind:
		if _, err := strconv.ParseFloat(string(text), 64); err == nil {
			return true
		}
	}
	form := `{%q:%s}`
	if field.IsList() {
		form = `{%q:[%s]}`
	}
	message := dynamicpb.NewMessage(field.ContainingMessage())
	return protojson.Unmarshal(fmt.Appendf(nil, form, field.JSONName(), text), message) == nil
}

// freeScalarRule is the rule that a scalar of a free object breaks, "" if none. An integer that a double does not hold
// would become another one without a word; the catalog's YAML refuses it likewise.
func freeScalarRule(text []byte) string {
	if text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return ""
	}
	number, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return "within the range of a double"
	}
	digits := strings.TrimPrefix(string(text), "-")
	if !strings.ContainsAny(digits, ".eE") && strconv.FormatFloat(math.Abs(number), 'f', 0, 64) != digits {
		return "an integer that a double holds exactly (quote it to keep it as text)"
	}
	return ""
}

// holdsFree says whether the message has free objects, or messages that have.
func holdsFree(message protoreflect.MessageDescriptor) bool {
	return holdsFreeBut(message, map[protoreflect.FullName]bool{})
}

func holdsFreeBut(message protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	name := message.FullName()
	if name == structName || name == valueName || name == listValueName {
		return true
	}
	if seen[name] {
		return false
	}
	seen[name] = true
	for i := range message.Fields().Len() {
		if inner := message.Fields().Get(i).Message(); inner != nil && holdsFreeBut(inner, seen) {
			return true
		}
	}
	return false
}
