package main

import (
	"math"
	"math/rand/v2"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// invalidMark stands for bytes that are not UTF-8 until the message is encoded: the encoder refuses them.
const invalidMark = "\x01not-utf-8\x01"

// remembered are values of answers that requests can use, by the name of the request's field.
type remembered map[string][]protoreflect.Value

// sources names the fields of answers that give values to a field of requests.
var sources = map[string][]string{
	"next_page_token": {"page_token"},
	"etag":            {"etag"},
	"state_hash":      {"state_hash"},
	"boot_id":         {"boot_id"},
	"revision":        {"revision", "to_revision", "from_revision", "min_revision"},
	"event_id":        {"from_event_id", "event_id"},
	"version":         {"version"},
}

// learn takes what an answer has.
func (r remembered) learn(answer protoreflect.Message) {
	const kept = 8
	answer.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
		case field.IsList() && field.Message() != nil:
			for i := range min(value.List().Len(), kept) {
				r.learn(value.List().Get(i).Message())
			}
		case field.IsList():
		case field.Message() != nil:
			r.learn(value.Message())
		default:
			for _, name := range sources[string(field.Name())] {
				if r[name] = append(r[name], value); len(r[name]) > kept {
					r[name] = r[name][1:]
				}
			}
		}
		return true
	})
}

// fill replaces a field of the message by a value of an earlier answer, now and then.
func (r remembered) fill(random *rand.Rand, message protoreflect.Message) {
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		values := r[string(field.Name())]
		if len(values) == 0 || field.IsList() || random.IntN(3) > 0 {
			continue
		}
		if value := pick(random, values); sameKind(field, value) {
			message.Set(field, value)
		}
	}
}

func sameKind(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
	switch value.Interface().(type) {
	case string:
		return field.Kind() == protoreflect.StringKind
	case int64:
		return field.Kind() == protoreflect.Int64Kind
	}
	return false
}

func pick[T any](random *rand.Rand, values []T) T { return values[random.IntN(len(values))] }

// badText is a text that few fields allow, made of the one that is there.
func badText(random *rand.Rand, now string) string {
	switch random.IntN(10) {
	case 0:
		return ""
	case 1:
		return strings.Repeat("x", pick(random, []int{101, 257, 4097, 70_000, 1 << 20}))
	case 2:
		return invalidMark
	case 3:
		return now + "\x00"
	case 4:
		return now[:random.IntN(len(now)+1)] // such as a page token that was cut
	case 5:
		return now + pick(random, []string{" ", "\n", "\u202e", "\ufeff", "/../x", "%", "'; --", "\U0001f980"})
	case 6:
		return pick(random, []string{"*", "-1", "1e999", "(((((", "a(.*)*b", "tool.tool_name", "http://[::1", "\\", "\u0000"})
	case 7:
		return strings.Repeat("(", 5000)
	case 8:
		return strings.Repeat("[", 5000) + "&a *a"
	default:
		return now + now
	}
}

// badScalar is a value of a field that few rules allow.
func badScalar(random *rand.Rand, field protoreflect.FieldDescriptor, now protoreflect.Value) protoreflect.Value {
	whole := pick(random, []int64{0, 1, -1, 2, 1001, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64, random.Int64()})
	real := pick(random, []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64})
	switch field.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(badText(random, now.String()))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(badText(random, string(now.Bytes()))))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(!now.Bool())
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(whole))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(whole))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(whole)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(whole))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(uint64(whole))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(real))
	default:
		return protoreflect.ValueOfFloat64(real)
	}
}
