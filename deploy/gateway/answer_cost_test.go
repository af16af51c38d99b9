package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// toolOf is a tool with a free object that has one field.
func toolOf(value *structpb.Value) *pb.Tool {
	return &pb.Tool{ToolName: "x", Metadata: &structpb.Struct{Fields: map[string]*structpb.Value{"list": value}}}
}

// valueList is a list that has the same value so many times.
func valueList(length int, value *structpb.Value) *structpb.Value {
	return structpb.NewListValue(&structpb.ListValue{Values: slices.Repeat([]*structpb.Value{value}, length)})
}

// withFields is an object of so many fields.
func withFields(fields int) *structpb.Value {
	object := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for i := range fields {
		object.Fields[fmt.Sprint(i)] = structpb.NewNullValue()
	}
	return structpb.NewStructValue(object)
}

// denseTool has about 256 KiB as it is sent and 35 times as much in memory.
func denseTool() *pb.Tool { return toolOf(valueList(60000, structpb.NewNullValue())) }

// allocated is how many bytes a function allocates.
func allocated(run func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

func TestAnswersAreChargedWhatTheyTake(t *testing.T) {
	text := func(character string) *structpb.Value {
		return structpb.NewStringValue(strings.Repeat(character, 250000))
	}
	for name, answer := range map[string]proto.Message{
		"nulls":         denseTool(),
		"truth values":  toolOf(valueList(60000, structpb.NewBoolValue(true))),
		"numbers":       toolOf(valueList(20000, structpb.NewNumberValue(1.0/3))),
		"empty texts":   toolOf(valueList(60000, structpb.NewStringValue(""))),
		"short texts":   toolOf(valueList(40000, structpb.NewStringValue("abc"))),
		"empty lists":   toolOf(valueList(60000, valueList(0, nil))),
		"empty objects": toolOf(valueList(60000, withFields(0))),
		"objects":       toolOf(valueList(20000, withFields(1))),
		"fields":        toolOf(withFields(20000)),
		"a text":        toolOf(text("abc ")),
		"controls":      toolOf(text("\x01")),
		"lines":         toolOf(text("\n")),
		"tools":         &pb.ListToolsResponse{Tools: slices.Repeat([]*pb.Tool{{ToolName: "x"}}, 5000)},
		"limitations":   &pb.Pattern{Limitations: slices.Repeat([]string{""}, 50000)},
	} {
		encoded, err := proto.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		decoded := answer.ProtoReflect().New().Interface()
		message := allocated(func() { err = proto.Unmarshal(encoded, decoded) })
		if err != nil {
			t.Fatal(err)
		}
		written, err := newMarshaler().Marshal(decoded)
		if err != nil {
			t.Fatal(err)
		}
		takes := message + int64(cap(written))
		cost := int64(len(encoded))*answerCost + shapeOf(answer.ProtoReflect().Descriptor()).costOf(encoded)
		if cost < takes || cost > 4*takes {
			t.Errorf("%s: %d bytes take %d and are charged %d", name, len(encoded), takes, cost)
		}
	}
}

func TestBrokenAnswersAreNotReadToTheirEnd(t *testing.T) {
	encoded, err := proto.Marshal(denseTool())
	if err != nil {
		t.Fatal(err)
	}
	tool := shapeOf((&pb.Tool{}).ProtoReflect().Descriptor())
	for length := range 100 {
		if cost := tool.costOf(encoded[:length]); cost < tool.cost || cost > tool.costOf(encoded) {
			t.Errorf("%d bytes cost %d", length, cost)
		}
	}
	nested := strings.Repeat("\x0a\xff\xff\xff\x7f", 100)
	if cost := shapeOf((&structpb.ListValue{}).ProtoReflect().Descriptor()).costOf([]byte(nested)); cost != valueCost {
		t.Errorf("a list that ends too early costs %d", cost)
	}
}

func TestTheCharactersOfWhichJSONMakesSixAreCounted(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "\x00": 1, " \n\t\r~": 0, "01234567\x1f": 1, "0123\x01567\x02\x03 é\n": 3, "\x01\x01\x01\x01\x01\x01\x01\x01\x01": 9,
		"ÿÿÿÿÿÿÿÿ": 0, "\x01      \x02": 2,
	} {
		if got := escapes([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
