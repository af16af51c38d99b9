package main

import (
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers protobuf's codec
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// answerCodec decodes what a service answers to one call, after it charged the call for what that will cost: a few bytes
// can become a large message. It belongs to the goroutine that reads the answers.
type answerCodec struct {
	encoding.CodecV2
	backend *backend
	method  string
	memory  *callMemory
	// expected is what the call took for its answer before.
	expected int64
	// remedy ends the sentence that says why an answer is refused.
	remedy string
	// refused is why the last answer was not decoded; gRPC makes another error of it.
	refused error
}

func (b *backend) newAnswerCodec(method string, memory *callMemory, remedy string) *answerCodec {
	return &answerCodec{CodecV2: encoding.GetCodecV2("proto"), backend: b, method: method, memory: memory, remedy: remedy}
}

// Unmarshal charges for the bytes first: they are copied to be looked at.
func (c *answerCodec) Unmarshal(data mem.BufferSlice, message any) error {
	if c.refused = c.charge(int64(data.Len()) * answerCost); c.refused != nil {
		return c.refused
	}
	bytes := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer bytes.Free()
	if m, ok := message.(proto.Message); ok && c.memory != nil {
		c.refused = c.charge(shapeOf(m.ProtoReflect().Descriptor()).costOf(bytes.ReadOnlyData()))
	}
	if c.refused != nil {
		return c.refused
	}
	return c.CodecV2.Unmarshal(mem.BufferSlice{bytes}, message)
}

// charge withholds no answer of a call that may have changed something.
func (c *answerCodec) charge(cost int64) error {
	expected := c.expected
	c.expected = 0
	switch {
	case !readOnly[c.method]:
		c.memory.mustTake(cost)
	case !c.memory.fits(cost - expected):
		return c.backend.tooLarge()
	case !c.memory.exchange(expected, cost):
		return refuse(memoryExhausted, "the calls in flight hold all the memory that they may; %s", c.remedy)
	}
	return nil
}
