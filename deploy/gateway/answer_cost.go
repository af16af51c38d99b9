package main

import (
	"encoding/binary"
	"reflect"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// What an answer costs beyond answerCost for each of its bytes. The costs are measured as those in memory_budget.go.
const (
	// entryCost is for one entry of a map, which is sorted to be written.
	entryCost = 2 * valueCost
	// textCost is for one text, however short it is.
	textCost = 96
	// escapeCost is for one character of which JSON makes six.
	escapeCost = 10
	// jsonCost is for one byte of JSON that is there although the service sent nothing: names and values of unset fields.
	jsonCost = 3
	// maxNesting is how deep protobuf itself reads.
	maxNesting = protowire.DefaultRecursionLimit
)

// shape is what a message of one type costs however few bytes it has, and the shapes of its parts. It does not change.
type shape struct {
	cost int64
	// parts are those of the fields that are messages, by number; nil for other fields.
	parts []*shape
}

// shapes are those of all types that were asked for. Safe for concurrent use.
var shapes = struct {
	mu    sync.Mutex
	known map[protoreflect.FullName]*shape
}{known: map[protoreflect.FullName]*shape{}}

func shapeOf(descriptor protoreflect.MessageDescriptor) *shape {
	shapes.mu.Lock()
	defer shapes.mu.Unlock()
	return learnShape(descriptor)
}

// learnShape is called with the mutex held. A type can be part of itself, so it is known before its parts are.
func learnShape(descriptor protoreflect.MessageDescriptor) *shape {
	if s := shapes.known[descriptor.FullName()]; s != nil {
		return s
	}
	s := &shape{cost: emptyCost(descriptor)}
	shapes.known[descriptor.FullName()] = s
	fields := descriptor.Fields()
	for i := range fields.Len() {
		if part := fields.Get(i).Message(); part != nil {
			number := int(fields.Get(i).Number())
			s.parts = append(s.parts, make([]*shape, max(0, number+1-len(s.parts)))...)
			s.parts[number] = learnShape(part)
		}
	}
	return s
}

// emptyCost is what an empty message takes in memory and as JSON.
func emptyCost(descriptor protoreflect.MessageDescriptor) int64 {
	if descriptor.IsMapEntry() {
		return entryCost
	}
	known, err := protoregistry.GlobalTypes.FindMessageByName(descriptor.FullName())
	if err != nil {
		return valueCost
	}
	empty := known.New().Interface()
	text, _ := newMarshaler().Marshal(empty) // some, as a free value, cannot be written while they are empty
	return max(valueCost, int64(reflect.TypeOf(empty).Elem().Size())+jsonCost*int64(len(text)))
}

// costOf is what the messages and texts cost that are encoded in data. It stops where data is broken: that is not decoded.
func (s *shape) costOf(data []byte) int64 { return s.costAt(data, maxNesting) }

func (s *shape) costAt(data []byte, nesting int) int64 {
	cost := s.cost
	for len(data) > 0 {
		number, kind, length := protowire.ConsumeTag(data)
		if length < 0 {
			return cost
		}
		data = data[length:]
		if kind != protowire.BytesType {
			if length = protowire.ConsumeFieldValue(number, kind, data); length < 0 {
				return cost
			}
			data = data[length:]
			continue
		}
		value, length := protowire.ConsumeBytes(data)
		if length < 0 {
			return cost
		}
		data = data[length:]
		if int(number) >= len(s.parts) || s.parts[number] == nil {
			cost += textCost + escapeCost*escapes(value)
		} else if nesting > 0 {
			cost += s.parts[number].costAt(value, nesting-1)
		}
	}
	return cost
}

// escapes is how many characters JSON writes as six. It looks at eight at once: hardly any text has one.
func escapes(text []byte) (count int64) {
	const ones, highest = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		if eight := binary.LittleEndian.Uint64(text); (eight-' '*ones)&^eight&highest != 0 {
			count += countEscapes(text[:8])
		}
	}
	return count + countEscapes(text)
}

func countEscapes(text []byte) (count int64) {
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			count++
		}
	}
	return count
}
