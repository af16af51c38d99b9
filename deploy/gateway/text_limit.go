package main

import (
	"errors"
	"io"
)

// maxText is the longest text that an import may have, in bytes of UTF-8.
const maxText = 64 << 20

var errTextTooLong = errors.New("a text is too long")

// textLimit passes JSON on and fails with errTextTooLong as soon as a string in it is longer than max bytes of UTF-8. It
// looks at each byte once and keeps none. What is no JSON passes; the decoder refuses it.
type textLimit struct {
	reader io.Reader
	max    int64
	// length is that of the string so far, while inString.
	length   int64
	inString bool
	// escaped is set behind a backslash.
	escaped bool
	// digits are those still to come of \uXXXX, of which codeUnit has the others.
	digits   int
	codeUnit rune
}

func (l *textLimit) Read(text []byte) (int, error) {
	n, err := l.reader.Read(text)
	for i := 0; i < n && l.length <= l.max; i++ {
		if l.inString && !l.escaped && l.digits == 0 {
			plain := plainLength(text[i:n])
			l.length += int64(plain)
			i += plain
		}
		// A quote at the end of a text that is too long must not make it forgotten.
		if i < n && l.length <= l.max {
			l.take(text[i])
		}
	}
	if l.length > l.max {
		return n, errTextTooLong
	}
	return n, err
}

// plainLength is the length of the text in front of the first quote or backslash.
func plainLength(text []byte) int {
	for i, c := range text {
		if c == '"' || c == '\\' {
			return i
		}
	}
	return len(text)
}

func (l *textLimit) take(c byte) {
	switch {
	case !l.inString:
		l.inString = c == '"'
	case l.digits > 0:
		l.takeDigit(c)
	case l.escaped:
		l.escaped = false
		if c == 'u' {
			l.digits, l.codeUnit = 4, 0
		} else {
			l.length++
		}
	case c == '\\':
		l.escaped = true
	case c == '"':
		l.inString, l.length = false, 0
	}
}

func (l *textLimit) takeDigit(c byte) {
	digit := rune(c | 0x20) // lower case; digits stay as they are
	if digit -= '0'; digit > 9 {
		digit -= 'a' - '0' - 10
	}
	l.codeUnit = l.codeUnit<<4 | digit&0xf
	if l.digits--; l.digits == 0 {
		l.length += utf8Length(l.codeUnit)
	}
}

// utf8Length is the length of a UTF-16 code unit as UTF-8. Each half of a pair is half of its 4 bytes.
func utf8Length(codeUnit rune) int64 {
	switch {
	case codeUnit < 0x80:
		return 1
	case codeUnit < 0x800 || codeUnit >= 0xd800 && codeUnit < 0xe000:
		return 2
	}
	return 3
}
