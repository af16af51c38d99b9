package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// findProblem tells what is wrong with a body that protojson does not take as a message: its own errors are texts, which
// name neither a field's path nor, of a value, the rule. Nil if it finds nothing, which would be a fault.
func findProblem(text []byte, message protoreflect.MessageDescriptor) *problem {
	c := &bodyChecker{jsonText: jsonText{text: text}}
	return c.whole(message)
}

// findInexact finds, in a body that protojson took, what it would change without a word: integers in free objects that a
// double does not hold.
func findInexact(text []byte, message protoreflect.MessageDescriptor) *problem {
	c := &bodyChecker{jsonText: jsonText{text: text}, taken: true}
	return c.whole(message)
}

// problem is a rule that is broken at an offset of a body.
type problem struct {
	at     int
	reason reason
	rule   string
	// path leads to the field, from the inside to the outside. It is made only once there is a problem: names can be long,
	// and fields many.
	path []string
}

func brokenRule(at int, format string, args ...any) *problem {
	return &problem{at: at, reason: invalidField, rule: fmt.Sprintf(format, args...)}
}

// in says where the problem is: below a name, or an index such as "[3]".
func (p *problem) in(segment string) *problem {
	p.path = append(p.path, segment)
	return p
}

// field is the path as the services write it, such as capabilities[0].description.
func (p *problem) field() string {
	var path strings.Builder
	for _, segment := range slices.Backward(p.path) {
		if path.Len() > 0 && !strings.HasPrefix(segment, "[") {
			path.WriteByte('.')
		}
		path.WriteString(quoted(segment))
	}
	return path.String()
}

// maxQuoted bounds what a message quotes of a value, in bytes.
const maxQuoted = 100

func quoted(text string) string {
	if len(text) <= maxQuoted {
		return text
	}
	return strings.ToValidUTF8(text[:maxQuoted], "") + "…"
}

// refusal is the problem as an error; the remark, if any, follows the rule.
func (p *problem) refusal(text []byte, remark string) *refusal {
	line, column := position(text, p.at)
	rule, field := p.rule+remark, p.field()
	if p.reason == invalidJSON {
		return refuse(p.reason, "body: line %d:%d: %s", line, column, rule)
	}
	if field == "" {
		return refuse(p.reason, "body: line %d:%d: %s", line, column, rule).about("body", rule)
	}
	return refuse(p.reason, "body: line %d:%d: %s: %s", line, column, field, rule).about(field, rule)
}

// bodyChecker reads a body along the fields of its message.
type bodyChecker struct {
	jsonText
	// taken says that protojson takes the body, so that only the numbers of free objects are left to be looked at.
	taken bool
}

func (c *bodyChecker) whole(message protoreflect.MessageDescriptor) *problem {
	c.peek()
	if p := c.message(message); p != nil {
		return p
	}
	if c.peek(); c.at < len(c.text) {
		return c.unexpected("nothing after the value")
	}
	return nil
}

func (c *bodyChecker) message(message protoreflect.MessageDescriptor) *problem {
	switch message.FullName() {
	case structName:
		if c.peek() != '{' {
			return c.wrongType("an object")
		}
		return c.free()
	case listValueName:
		if c.peek() != '[' {
			return c.wrongType("a list")
		}
		return c.free()
	case valueName:
		return c.free()
	}
	if c.peek() != '{' {
		return c.wrongType("an object")
	}
	seen, alternatives := map[protoreflect.FieldNumber]bool{}, map[protoreflect.Name]bool{}
	return c.object(func(name string, at int) *problem {
		field := message.Fields().ByJSONName(name)
		if field == nil {
			field = message.Fields().ByTextName(name)
		}
		if field == nil {
			return &problem{at: at, reason: unknownField, rule: fmt.Sprintf("unknown field %q", quoted(name)), path: []string{name}}
		}
		if seen[field.Number()] {
			return brokenRule(at, "duplicate field %q", name).in(string(field.Name()))
		}
		seen[field.Number()] = true
		if bytes.HasPrefix(c.text[c.at:], []byte("null")) && !takesNull(field) {
			return c.skipScalar()
		}
		if oneof := field.ContainingOneof(); oneof != nil && !field.IsList() && !field.IsMap() {
			if alternatives[oneof.Name()] {
				return brokenRule(at, "only one field of %q may be given", oneof.Name()).in(string(field.Name()))
			}
			alternatives[oneof.Name()] = true
		}
		if p := c.field(field); p != nil {
			return p.in(string(field.Name()))
		}
		return nil
	})
}

// takesNull says whether null is a value of the field, and not the same as its absence.
func takesNull(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && field.Message().FullName() == valueName ||
		field.Enum() != nil && field.Enum().FullName() == nullValueName
}

func (c *bodyChecker) field(field protoreflect.FieldDescriptor) *problem {
	switch {
	case field.IsMap():
		return c.entries(field)
	case field.IsList():
		if c.peek() != '[' {
			return c.wrongType("a list")
		}
		return c.list(func(index int) *problem { return c.element(index, c.value(field)) })
	}
	return c.value(field)
}

// element is the problem of an element, if there is one.
func (c *bodyChecker) element(index int, p *problem) *problem {
	if p != nil {
		p.in(fmt.Sprintf("[%d]", index))
	}
	return p
}

// entries reads the entries of a map.
func (c *bodyChecker) entries(field protoreflect.FieldDescriptor) *problem {
	if c.peek() != '{' {
		return c.wrongType("an object")
	}
	return c.distinct(func() *problem { return c.value(field.MapValue()) })
}

// distinct reads an object whose names must differ.
func (c *bodyChecker) distinct(value func() *problem) *problem {
	seen := map[string]bool{}
	return c.object(func(name string, at int) *problem {
		if !c.taken {
			if seen[name] {
				return brokenRule(at, "duplicate field %q", quoted(name)).in(name)
			}
			seen[name] = true
		}
		if p := value(); p != nil {
			return p.in(name)
		}
		return nil
	})
}

// value reads one value of the field, which may be an element of its list.
func (c *bodyChecker) value(field protoreflect.FieldDescriptor) *problem {
	rule, isScalar := ruleOf(field)
	if !isScalar {
		return c.message(field.Message())
	}
	if start := c.peek(); start == '{' || start == '[' {
		return c.wrongType(rule)
	}
	start := c.at
	if p := c.skipScalar(); p != nil {
		return p
	}
	if !c.taken && !takesScalar(field, c.text[start:c.at]) {
		c.at = start
		return c.wrongType(rule)
	}
	return nil
}

// wrongType says what should stand here instead of the value that does.
func (c *bodyChecker) wrongType(wanted string) *problem {
	start, got := c.at, ""
	switch c.peek() {
	case '{':
		got = "an object"
	case '[':
		got = "a list"
	default:
		if p := c.skipScalar(); p != nil {
			return p
		}
		got = quoted(string(c.text[start:min(c.at, start+maxQuoted+1)]))
	}
	return brokenRule(start, "must be %s, got %s", wanted, got)
}

// free reads a value that may be anything. Its numbers are kept as doubles.
func (c *bodyChecker) free() *problem {
	switch c.peek() {
	case '{':
		return c.distinct(c.free)
	case '[':
		return c.list(func(index int) *problem { return c.element(index, c.free()) })
	}
	start := c.at
	if p := c.skipScalar(); p != nil {
		return p
	}
	if rule := freeScalarRule(c.text[start:c.at]); rule != "" {
		c.at = start
		return c.wrongType(rule)
	}
	return nil
}
