package main

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"unicode/utf8"
)

var (
	badTime   = regexp.MustCompile(`\(line (\d+):(\d+)\): ((?:invalid )?google\.protobuf\.Timestamp value(?: out of range:)?)`)
	keyBefore = regexp.MustCompile(`"(\w+)"\s*:\s*$`)
)

// explainTime names field and rule in protojson's messages about times, which have only the position in text.
func explainTime(text []byte, err error) error {
	if err == nil {
		return nil
	}
	message := err.Error()
	found := badTime.FindStringSubmatchIndex(message)
	if found == nil {
		return err
	}
	line, _ := strconv.Atoi(message[found[2]:found[3]])
	column, _ := strconv.Atoi(message[found[4]:found[5]])
	rule := "must be a time such as 2025-10-03T19:00:00Z, got"
	if key := keyBefore.FindSubmatch(before(text, line, column)); key != nil {
		rule = "field " + string(key[1]) + ": " + rule
	}
	return errors.New(message[:found[6]] + rule + message[found[7]:])
}

// before is what the text's line has in front of a column; both count from 1, columns in characters.
func before(text []byte, line, column int) []byte {
	for ; line > 1; line-- {
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	end := 0
	for ; column > 1 && end < len(text); column-- {
		_, size := utf8.DecodeRune(text[end:])
		end += size
	}
	return text[:end]
}
