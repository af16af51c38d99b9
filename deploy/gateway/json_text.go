package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonText reads JSON from the front to the back, to tell where it breaks which rule. It takes what protojson takes. The
// text must be UTF-8 and not nested without bound (checkJSON).
type jsonText struct {
	text []byte
	// at is the offset of what is read next.
	at int
}

func brokenSyntax(at int, format string, args ...any) *problem {
	return &problem{at: at, reason: invalidJSON, rule: fmt.Sprintf(format, args...)}
}

// peek skips spaces and returns the character there, 0 at the end.
func (j *jsonText) peek() byte {
	for ; j.at < len(j.text); j.at++ {
		switch c := j.text[j.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// unexpected says that something else should stand here.
func (j *jsonText) unexpected(wanted string) *problem {
	if j.at >= len(j.text) {
		return brokenSyntax(len(j.text), "unexpected end, want %s", wanted)
	}
	c, _ := utf8.DecodeRune(j.text[j.at:])
	return brokenSyntax(j.at, "unexpected character %q, want %s", c, wanted)
}

// object reads an object; visit reads each value, in front of which it is called.
func (j *jsonText) object(visit func(name string, at int) *problem) *problem {
	j.at++
	if j.peek() == '}' {
		j.at++
		return nil
	}
	for {
		if j.peek() != '"' {
			return j.unexpected("a name in double quotes")
		}
		start := j.at
		if p := j.skipString(); p != nil {
			return p
		}
		var name string
		if err := json.Unmarshal(j.text[start:j.at], &name); err != nil {
			return brokenSyntax(start, "this name cannot be read")
		}
		if j.peek() != ':' {
			return j.unexpected("a colon after the name")
		}
		j.at++
		j.peek()
		if p := visit(name, start); p != nil {
			return p
		}
		switch j.peek() {
		case ',':
			j.at++
		case '}':
			j.at++
			return nil
		default:
			return j.unexpected(`a comma or "}"`)
		}
	}
}

// list reads a list; visit reads each element, in front of which it is called.
func (j *jsonText) list(visit func(index int) *problem) *problem {
	j.at++
	if j.peek() == ']' {
		j.at++
		return nil
	}
	for i := 0; ; i++ {
		j.peek()
		if p := visit(i); p != nil {
			return p
		}
		switch j.peek() {
		case ',':
			j.at++
		case ']':
			j.at++
			return nil
		default:
			return j.unexpected(`a comma or "]"`)
		}
	}
}

// skipScalar reads a value that is neither object nor list.
func (j *jsonText) skipScalar() *problem {
	switch c := j.peek(); {
	case c == '"':
		return j.skipString()
	case c == '-' || c >= '0' && c <= '9':
		return j.skipNumber()
	}
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(j.text[j.at:], []byte(word)) {
			j.at += len(word)
			return nil
		}
	}
	return j.unexpected("a value")
}

func (j *jsonText) skipNumber() *problem {
	if j.text[j.at] == '-' {
		j.at++
	}
	if j.at < len(j.text) && j.text[j.at] == '0' {
		j.at++
	} else if j.skipDigits() == 0 {
		return j.unexpected("a digit")
	}
	if j.at < len(j.text) && j.text[j.at] == '.' {
		j.at++
		if j.skipDigits() == 0 {
			return j.unexpected("a digit")
		}
	}
	if j.at < len(j.text) && (j.text[j.at] == 'e' || j.text[j.at] == 'E') {
		j.at++
		if j.at < len(j.text) && (j.text[j.at] == '+' || j.text[j.at] == '-') {
			j.at++
		}
		if j.skipDigits() == 0 {
			return j.unexpected("a digit")
		}
	}
	return nil
}

func (j *jsonText) skipDigits() int {
	start := j.at
	for j.at < len(j.text) && j.text[j.at] >= '0' && j.text[j.at] <= '9' {
		j.at++
	}
	return j.at - start
}

func (j *jsonText) skipString() *problem {
	for j.at++; j.at < len(j.text); {
		switch c := j.text[j.at]; {
		case c == '"':
			j.at++
			return nil
		case c < ' ':
			return brokenSyntax(j.at, "the control character %q must be escaped in a text", c)
		case c == '\\':
			if p := j.skipEscape(); p != nil {
				return p
			}
		default:
			j.at++
		}
	}
	return j.unexpected("the double quote that ends the text")
}

func (j *jsonText) skipEscape() *problem {
	start := j.at
	if j.at+1 >= len(j.text) {
		j.at = len(j.text)
		return j.unexpected("the rest of an escape")
	}
	if j.text[j.at+1] != 'u' {
		if bytes.IndexByte([]byte(`"\/bfnrt`), j.text[j.at+1]) < 0 {
			return brokenSyntax(start, "there is no such escape in JSON")
		}
		j.at += 2
		return nil
	}
	first, ok := j.codeUnit()
	if !ok {
		return brokenSyntax(start, `\u must be followed by four hexadecimal digits`)
	}
	if !utf16.IsSurrogate(first) {
		return nil
	}
	if second, ok := j.codeUnit(); !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
		return brokenSyntax(start, "%s is half of a surrogate pair, and the other half does not follow", j.text[start:start+6])
	}
	return nil
}

// codeUnit reads \uXXXX.
func (j *jsonText) codeUnit() (rune, bool) {
	if j.at+6 > len(j.text) || j.text[j.at] != '\\' || j.text[j.at+1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(j.text[j.at+2:j.at+6]), 16, 16)
	j.at += 6
	return rune(unit), err == nil
}

// position is an offset as people count: lines, and characters in them, from 1.
func position(text []byte, at int) (line, column int) {
	text = text[:at]
	line = bytes.Count(text, []byte("\n")) + 1
	return line, utf8.RuneCount(text[bytes.LastIndexByte(text, '\n')+1:]) + 1
}
