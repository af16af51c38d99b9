package main

import (
	"bytes"
	"math/rand/v2"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// breaker makes requests out of seeds: some right, most wrong in one place or a few.
type breaker struct {
	random  *rand.Rand
	answers remembered
	// requestIDs are few, so that they come again.
	requestIDs []string
}

func newBreaker(random *rand.Rand) *breaker {
	b := &breaker{random: random, answers: remembered{}}
	for range 20 {
		b.requestIDs = append(b.requestIDs, uuid(random))
	}
	return b
}

// request answers an encoded request that is made of the seed.
func (b *breaker) request(seed proto.Message) []byte {
	message := b.start(seed)
	for range pick(b.random, []int{0, 1, 1, 1, 2, 3}) {
		b.breakField(message, 0)
	}
	encoded := encode(message)
	switch b.random.IntN(8) {
	case 0:
		return b.breakBytes(encoded)
	case 1:
		return b.addUnknownField(encoded)
	}
	return encoded
}

// requestBrokenAt answers one that is wrong at a place.
func (b *breaker) requestBrokenAt(seed proto.Message, where place) []byte {
	message := b.start(seed)
	b.breakAt(message, where)
	return encode(message)
}

func (b *breaker) start(seed proto.Message) protoreflect.Message {
	message := proto.Clone(seed).ProtoReflect()
	b.answers.fill(b.random, message)
	b.chooseRequestID(message)
	return message
}

func encode(message protoreflect.Message) []byte {
	encoded, err := proto.MarshalOptions{AllowPartial: true, Deterministic: true}.Marshal(message.Interface())
	if err != nil {
		encoded = nil // what cannot be encoded is sent as nothing
	}
	return bytes.ReplaceAll(encoded, []byte(invalidMark), bytes.Repeat([]byte{0xff}, len(invalidMark)))
}

// chooseRequestID gives the message, or the options within, a request_id: none, an own one, or one that was used.
func (b *breaker) chooseRequestID(message protoreflect.Message) {
	fields := message.Descriptor().Fields()
	if field := fields.ByName("options"); field != nil && field.Message() != nil && message.Has(field) {
		b.chooseRequestID(message.Mutable(field).Message())
	}
	field := fields.ByName("request_id")
	if field == nil {
		return
	}
	switch b.random.IntN(4) {
	case 0:
		message.Clear(field)
	case 1:
		message.Set(field, protoreflect.ValueOfString(pick(b.random, b.requestIDs)))
	default:
		message.Set(field, protoreflect.ValueOfString(uuid(b.random)))
	}
}

// breakField gives one field, or one within, a wrong value.
func (b *breaker) breakField(message protoreflect.Message, depth int) {
	fields := message.Descriptor().Fields()
	if fields.Len() > 0 {
		b.breakOne(message, fields.Get(b.random.IntN(fields.Len())), depth)
	}
}

// breakOne does so with a certain field.
func (b *breaker) breakOne(message protoreflect.Message, field protoreflect.FieldDescriptor, depth int) {
	const deepest = 6
	switch {
	case b.random.IntN(12) == 0:
		message.Clear(field)
	case field.IsMap():
		b.breakMap(field, message.Mutable(field).Map())
	case field.IsList():
		b.breakList(field, message.Mutable(field).List(), depth)
	case field.Message() == nil:
		message.Set(field, badScalar(b.random, field, message.Get(field)))
	case depth < deepest:
		b.breakField(message.Mutable(field).Message(), depth+1)
	}
}

// breakList lengthens a list, or breaks one of its entries.
func (b *breaker) breakList(field protoreflect.FieldDescriptor, list protoreflect.List, depth int) {
	long := b.random.IntN(6) == 0
	if field.Message() == nil {
		list.Append(badScalar(b.random, field, list.NewElement()))
		for range pick(b.random, []int{1000, 100_000}) {
			if long {
				list.Append(list.NewElement())
			}
		}
		return
	}
	if list.Len() == 0 {
		list.AppendMutable()
	}
	b.breakField(list.Get(b.random.IntN(list.Len())).Message(), depth+1)
	for range pick(b.random, []int{100, 10_000, 200_000}) {
		if long {
			list.AppendMutable()
		}
	}
}

// breakMap adds an entry with a wrong key.
func (b *breaker) breakMap(field protoreflect.FieldDescriptor, entries protoreflect.Map) {
	if field.MapKey().Kind() != protoreflect.StringKind {
		return
	}
	value := entries.NewValue()
	if field.MapValue().Message() == nil {
		value = badScalar(b.random, field.MapValue(), value)
	} else {
		b.breakField(value.Message(), 1)
	}
	entries.Set(protoreflect.ValueOfString(badText(b.random, "key")).MapKey(), value)
}

// addUnknownField adds a field that no message has.
func (b *breaker) addUnknownField(encoded []byte) []byte {
	number := protowire.Number(pick(b.random, []int32{90, 1000, 1<<29 - 1}))
	if b.random.IntN(2) == 0 {
		return protowire.AppendVarint(protowire.AppendTag(encoded, number, protowire.VarintType), b.random.Uint64())
	}
	unknown := make([]byte, b.random.IntN(5000))
	return protowire.AppendBytes(protowire.AppendTag(encoded, number, protowire.BytesType), unknown)
}

// breakBytes changes the encoded message in a few places.
func (b *breaker) breakBytes(encoded []byte) []byte {
	broken := bytes.Clone(encoded)
	for range 1 + b.random.IntN(4) {
		if len(broken) == 0 {
			return []byte{byte(b.random.Uint32())}
		}
		at := b.random.IntN(len(broken))
		switch b.random.IntN(5) {
		case 0:
			broken[at] ^= 1 << b.random.IntN(8)
		case 1:
			broken[at] = byte(b.random.Uint32())
		case 2:
			broken = broken[:at]
		case 3:
			broken = append(broken[:at:at], broken[at+1:]...)
		case 4:
			broken = append(broken[:at:at], append([]byte{0xff, 0x80}, broken[at:]...)...)
		}
	}
	return broken
}

func uuid(random *rand.Rand) string {
	const digits = "0123456789abcdef"
	text := []byte("00000000-0000-4000-8000-000000000000")
	for i, character := range text {
		if character == '0' {
			text[i] = digits[random.IntN(16)]
		}
	}
	return string(text)
}
