package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestTextLimitCountsWhatTheTextMeans(t *testing.T) {
	for _, test := range []struct {
		text string
		want int64
	}{
		{`plain`, 5}, {`a\nb\\\"`, 5}, {`\u0041`, 1}, {`\u00e9\u00E9`, 4}, {`\u20ac`, 3}, {`\ud83d\ude00`, 4}, {`é€😀`, 9},
		{`\u000aA1`, 3},
	} {
		var decoded string
		if err := json.Unmarshal([]byte(`"`+test.text+`"`), &decoded); err != nil || int64(len(decoded)) != test.want {
			t.Errorf("%s means %q", test.text, decoded)
		}
		for _, body := range []string{`{"k":"` + test.text + `"}`, `["", "` + test.text + `", "x"]`} {
			for _, reader := range []io.Reader{strings.NewReader(body), iotest.OneByteReader(strings.NewReader(body))} {
				read, err := io.ReadAll(&textLimit{reader: reader, max: test.want})
				if err != nil || string(read) != body {
					t.Errorf("%s at most %d bytes: read %q, %v", body, test.want, read, err)
				}
			}
			if test.want == 1 {
				continue // the key is as long
			}
			_, err := io.ReadAll(&textLimit{reader: strings.NewReader(body), max: test.want - 1})
			if !errors.Is(err, errTextTooLong) {
				t.Errorf("%s at most %d bytes: %v", body, test.want-1, err)
			}
		}
	}
}

func TestTextLimitDoesNotMindWhatIsNoJSON(t *testing.T) {
	for _, body := range []string{`"\uZZ"`, `\"\`, `"`, "\"\xff\\u", `}{`} {
		if read, err := io.ReadAll(&textLimit{reader: strings.NewReader(body), max: 10}); err != nil || string(read) != body {
			t.Errorf("%q: read %q, %v", body, read, err)
		}
	}
}

// The rest of the body never comes: whoever waited for it would answer 408 at best.
func TestAnImportThatIsTooLargeIsRefusedBeforeItIsReadWhole(t *testing.T) {
	s := startStack(t)
	whole := `{"yaml_content":"` + strings.Repeat("x", 65<<20) + `"}`
	sent := whole[:len(`{"yaml_content":"`)+maxText+1]
	for _, path := range []string{"/import", "/bulk-import"} {
		response, body := s.sendRaw(t,
			fmt.Sprintf("POST %s%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", tools, path, len(whole), sent))
		answer{response.StatusCode, response.Header, body}.expectError(t, 413, "body", "67108864")
		if !response.Close {
			t.Error("the connection stays open")
		}
	}
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(sent), sent)
	response, body := s.sendRaw(t,
		"POST "+tools+"/import HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"+chunk)
	answer{response.StatusCode, response.Header, body}.expectError(t, 413, "body", "67108864")
	if calls := s.catalog.takeCalls(); len(calls) != 0 {
		t.Errorf("reached the catalog: %v", calls)
	}
}

func BenchmarkTextLimit(b *testing.B) {
	text := strings.Repeat(`tool_name: \"x\" and so on\n`, 1<<16)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		io.Copy(io.Discard, &textLimit{reader: strings.NewReader(`"` + text), max: maxText})
	}
}
