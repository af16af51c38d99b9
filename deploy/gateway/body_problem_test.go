package main

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/emptypb"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// bodies are right ones, for messages with fields of every kind.
var bodies = []struct {
	message proto.Message
	text    string
}{
	{&pb.Tool{}, `{"tool_name":"grep","capabilities":[{"capability_name":"c","patterns":[{"pattern_name":"p","complexity_score":0.5,` +
		`"policy":{"max_cost":10,"max_N_immediate":"3","production_safe":true},"required_inputs":[{"name":"i","default":null,` +
		`"examples":[1,"x",null,{"a":[]}]}]}]}],"enabled":false,"revision":"57","metadata":{"a":{"b":[1.5e3,-0,true]}," ":"\ud83d\ude00"},` +
		`"sunset_at":"2025-10-03T19:00:00Z","dependencies":[],"defaults":{"freshness":"live","extra":{}},"createdBy":null}`},
	{&pb.ImportToolsRequest{}, " {\n\t\"yaml_content\" : \"a: \\\"\\\\ \\n\\u00e9\" , \"atomic\":true , \"overwrite\" : false }\r\n"},
	{&pb.SetPeriodicReloadRequest{}, `{"enabled":true,"interval_seconds":60}`},
	{&pb.ListChangesRequest{}, `{"from_revision":9007199254740993,"since":"2025-10-03T19:00:00.5+02:00","page_size":1e2}`},
	{&pb.UpdateToolRequest{}, `{"tool":{"tool_name":"x"},"update_mask":"description,toolName"}`},
	{&pb.ValidateToolRequest{}, `{"variables":{"N":5,"M":"1e3"}}`},
	{&pb.FieldDifference{}, `{"path":"a","old":null,"new":{"x":[0]}}`},
	{&pb.ExportToolsResponse{}, `{"yaml_content":"x","tool_count":1}`},
	{&pb.ReceiveWebhookRequest{}, `{"body":"aGk="}`},
	{&emptypb.Empty{}, `{}`},
}

// Whatever protojson refuses is explained, and nothing else.
func TestProblemsAreThoseOfProtojson(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, body := range bodies {
		if err := protojson.Unmarshal([]byte(body.text), proto.Clone(body.message)); err != nil {
			t.Fatalf("%s: %v", body.text, err)
		}
		refused := 0
		for range 5_000 {
			text := spoil(random, body.text)
			if _, err := checkJSON(text); err != nil {
				continue
			}
			err := protojson.Unmarshal(text, proto.Clone(body.message))
			p := findProblem(text, body.message.ProtoReflect().Descriptor())
			if err != nil {
				refused++
			} else if p != nil && (strings.Contains(p.rule, "holds exactly") || strings.HasSuffix(p.rule, "want a digit")) {
				continue // a rule of ours; and protojson takes 6e for a number, which it is not
			}
			if (err != nil) != (p != nil) {
				t.Fatalf("%s\nprotojson: %v\nfound: %+v", text, err, p)
			}
			if p == nil {
				if findInexact(text, body.message.ProtoReflect().Descriptor()) != nil {
					t.Fatalf("%s: inexact", text)
				}
				continue
			}
			if p.at < 0 || p.at > len(text) || (p.reason == unknownField) != strings.HasPrefix(p.rule, "unknown field") {
				t.Fatalf("%s: %+v", text, p)
			}
			if message := p.refusal(text, "").message; !utf8.ValidString(message) || len(message) > 1000 {
				t.Fatalf("%s: %q", text, message)
			}
		}
		if refused < 500 {
			t.Errorf("%s: only %d were refused", body.text, refused)
		}
	}
}

// spoil changes a text in a few places.
func spoil(random *rand.Rand, text string) []byte {
	parts := []string{"{", "}", "[", "]", "\"", ",", ":", "0", "1", "9", ".", "e", "-", "+", "null", "true", "false", "\\", "\\u", "\\ud83d", "\\n",
		" ", "\n", "\x01", "é", "{}", "[]", "[null]", "\"\"", "\"a\":1,", "1e999", "18446744073709551615", "\"Infinity\"", "\"tool_name\":\"x\",",
		"\"toolName\":null,", "\"json_content\":\"x\",", "/", "'"}
	spoilt := []byte(text)
	for range 1 + random.IntN(3) {
		at := random.IntN(len(spoilt) + 1)
		to := min(len(spoilt), at+random.IntN(4))
		part := ""
		switch random.IntN(4) {
		case 0:
		case 1: // what stands elsewhere
			from := random.IntN(len(text))
			part = text[from:min(len(text), from+random.IntN(30))]
		default:
			part = parts[random.IntN(len(parts))]
		}
		spoilt = append(append(append([]byte{}, spoilt[:at]...), part...), spoilt[to:]...)
	}
	return spoilt
}

func TestAProblemSaysWhereAndWhat(t *testing.T) {
	for _, test := range []struct {
		message proto.Message
		text    string
		want    string
		field   string
	}{
		{&pb.Tool{}, `{"tool_name":"a","bogus":1}`, `body: line 1:18: bogus: unknown field "bogus"`, "bogus"},
		{&pb.Tool{}, `{"capabilities":[{},{"patterns":[{"policy":{"max_cost":"x"}}]}]}`,
			`body: line 1:56: capabilities[1].patterns[0].policy.max_cost: must be a number (double), got "x"`,
			"capabilities[1].patterns[0].policy.max_cost"},
		{&pb.Tool{}, `{"toolName":5}`, `body: line 1:13: tool_name: must be a text (string), got 5`, "tool_name"},
		{&pb.Tool{}, `{"tool_name":["a"]}`, `body: line 1:14: tool_name: must be a text (string), got a list`, "tool_name"},
		{&pb.Tool{}, `{"capabilities":{}}`, `body: line 1:17: capabilities: must be a list, got an object`, "capabilities"},
		{&pb.Tool{}, `{"capabilities":[null]}`, `body: line 1:18: capabilities[0]: must be an object, got null`, "capabilities[0]"},
		{&pb.Tool{}, `{"tool_name":"a","toolName":"b"}`, `body: line 1:18: tool_name: duplicate field "toolName"`, "tool_name"},
		{&pb.Tool{}, "{\n \"description\": \"é\", \"sunsetAt\" : \"0000-01-01T00:00:00Z\"}",
			`body: line 2:35: sunset_at: must be a time such as 2025-10-03T19:00:00Z, got "0000-01-01T00:00:00Z"`, "sunset_at"},
		{&pb.Tool{}, `{"metadata":[]}`, `body: line 1:13: metadata: must be an object, got a list`, "metadata"},
		{&pb.Tool{}, `{"metadata":{"a":[{"b":1,"b":2}]}}`, `body: line 1:26: metadata.a[0].b: duplicate field "b"`, "metadata.a[0].b"},
		{&pb.Tool{}, `{"metadata":{"a":1e999}}`, `body: line 1:18: metadata.a: must be within the range of a double, got 1e999`, "metadata.a"},
		{&pb.Tool{}, `{"metadata":{"id":9007199254740993}}`, `body: line 1:19: metadata.id: must be an integer that a double holds ` +
			`exactly (quote it to keep it as text), got 9007199254740993`, "metadata.id"},
		{&pb.RollbackToolRequest{}, `{"to_revision":1.5}`, `body: line 1:16: to_revision: must be a whole number (int64), got 1.5`, "to_revision"},
		{&pb.ExportToolsResponse{}, `{"yaml_content":"","json_content":""}`,
			`body: line 1:20: json_content: only one field of "content" may be given`, "json_content"},
		{&pb.Tool{}, `[]`, `body: line 1:1: must be an object, got a list`, "body"},
		{&pb.Tool{}, ` null`, `body: line 1:2: must be an object, got null`, "body"},
		{&pb.Tool{}, `tool_name=a`, `body: line 1:1: unexpected character 't', want a value`, ""},
		{&pb.Tool{}, `{"tool_name":"a"`, `body: line 1:17: unexpected end, want a comma or "}"`, ""},
		{&pb.Tool{}, `{"tool_name":"a"} {}`, `body: line 1:19: unexpected character '{', want nothing after the value`, ""},
		{&pb.Tool{}, `{"a":1,}`, `body: line 1:2: a: unknown field "a"`, "a"},
		{&pb.Tool{}, `{"enabled":true,}`, `body: line 1:17: unexpected character '}', want a name in double quotes`, ""},
		{&pb.Tool{}, `{'enabled':true}`, `body: line 1:2: unexpected character '\'', want a name in double quotes`, ""},
		{&pb.Tool{}, `{"enabled" true}`, `body: line 1:12: unexpected character 't', want a colon after the name`, ""},
		{&pb.Tool{}, `{"metadata":{"a":NaN}}`, `body: line 1:18: unexpected character 'N', want a value`, ""},
		{&pb.Tool{}, `{"metadata":{"a":01}}`, `body: line 1:19: unexpected character '1', want a comma or "}"`, ""},
		{&pb.Tool{}, `{"metadata":{"a":-}}`, `body: line 1:19: unexpected character '}', want a digit`, ""},
		{&pb.Tool{}, `{"description":"cut \ud83d"}`,
			`body: line 1:21: \ud83d is half of a surrogate pair, and the other half does not follow`, ""},
		{&pb.Tool{}, `{"description":"C:\Users"}`, `body: line 1:19: there is no such escape in JSON`, ""},
		{&pb.Tool{}, "{\"description\":\"a\tb\"}", `body: line 1:18: the control character '\t' must be escaped in a text`, ""},
		{&pb.Tool{}, `{"description":"a`, `body: line 1:18: unexpected end, want the double quote that ends the text`, ""},
		{&pb.Tool{}, `{"tool_name":` + strings.Repeat("9", 200) + `}`, `body: line 1:14: tool_name: must be a text (string), got ` +
			strings.Repeat("9", 100) + "…", "tool_name"},
	} {
		p := findProblem([]byte(test.text), test.message.ProtoReflect().Descriptor())
		if p == nil {
			t.Errorf("%s: no problem", test.text)
			continue
		}
		got := p.refusal([]byte(test.text), "")
		if got.message != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.text, got.message, test.want)
		}
		field := ""
		if len(got.violations) == 1 {
			field = got.violations[0].Field
		}
		if field != test.field {
			t.Errorf("%s: field %q, want %q", test.text, field, test.field)
		}
	}
}

func TestEveryKindOfFieldHasARule(t *testing.T) {
	for _, r := range newRouteTable() {
		if r.rpc != nil {
			hasRules(t, r.rpc.Input(), map[protoreflect.FullName]bool{})
		}
	}
}

func hasRules(t *testing.T, message protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) {
	t.Helper()
	if seen[message.FullName()] {
		return
	}
	seen[message.FullName()] = true
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		rule, isScalar := ruleOf(field)
		inner := field.Message()
		switch {
		case isScalar == (rule == ""):
			t.Errorf("%s: rule %q", field.FullName(), rule)
		case inner == nil || isScalar:
		case inner.FullName() == structName, inner.FullName() == valueName, inner.FullName() == listValueName:
		case inner.FullName().Parent() == "google.protobuf":
			t.Errorf("%s has the form of no message: %s", field.FullName(), inner.FullName())
		default:
			hasRules(t, inner, seen)
		}
	}
}

// A name of a megabyte above very many fields is not written once for each of them.
func TestPathsAreMadeOnlyWhenThereIsAProblem(t *testing.T) {
	text := []byte(`{"metadata":{"` + strings.Repeat("k", 1<<20) + `":[` + strings.Repeat("0,", 500_000) + `9007199254740993]}}`)
	p := findInexact(text, (&pb.Tool{}).ProtoReflect().Descriptor())
	if p == nil || !strings.HasSuffix(p.field(), "[500000]") || len(p.field()) > 1000 {
		t.Fatalf("found %v", p)
	}
}

func TestBodiesWithProblemsAreRefusedByTheirField(t *testing.T) {
	s := startStack(t)
	for _, test := range []struct {
		request, body string
		reason        reason
		field         string
		outcome       string
	}{
		{"POST " + tools, `{"bogus":1}`, unknownField, "bogus", notExecuted},
		{"PUT " + tools + "/x", `{"defaults":{"bogus":1}}`, unknownField, "defaults.bogus", notExecuted},
		{"PUT " + tools + "/x", `{"metadata":{"id":9007199254740993}}`, invalidField, "metadata.id", notExecuted},
		{"POST " + tools + "/x/rollback", `{"to_revision":"x"}`, invalidField, "to_revision", notExecuted},
		{"POST " + tools + "/x/validate", `{"tool_name":"x"}`, unknownField, "tool_name", ""},
		{"DELETE " + tools + "/x", `[]`, invalidField, "body", notExecuted},
		{"POST " + tools + "/reload", `{"bogus":1}`, unknownField, "bogus", ""},
		{"POST " + tools + "/reload", `{"bogus"`, invalidJSON, "", ""},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		got := s.do(t, method, path, test.body)
		got.expectReason(t, 400, test.reason)
		body := got.errorBody(t)
		if _, ok := body.violations[test.field]; ok != (test.field != "") || body.outcome != test.outcome {
			t.Errorf("%s %s: %s", test.request, test.body, got.body)
		}
	}
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("reached the catalog: %v", calls)
	}
	s.do(t, "PUT", tools+"/x", `{"metadata":{"id":9007199254740992,"n":1e300,"m":-0}}`).expect(t, 200)
}
