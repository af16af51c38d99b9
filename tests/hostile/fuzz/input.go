package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// input is one call as it was sent: the method and its encoded messages, more than one if its client streams.
type input struct {
	path     string
	messages [][]byte
}

// write writes the input to a new file of the folder, with the reason as a comment, and answers the file's name.
func (i input) write(folder, reason string) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(folder, strings.ReplaceAll(strings.Trim(i.path, "/"), "/", ".")+"-*.input")
	if err != nil {
		return "", err
	}
	fmt.Fprintf(file, "# %s\n%s\n", strings.ReplaceAll(reason, "\n", " "), i.path)
	for _, message := range i.messages {
		fmt.Fprintln(file, hex.EncodeToString(message))
	}
	return filepath.Clean(file.Name()), file.Close()
}

// readInput reads what `write` wrote.
func readInput(name string) (input, error) {
	file, err := os.Open(name)
	if err != nil {
		return input{}, err
	}
	defer file.Close()
	var i input
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 32<<20)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		if i.path == "" {
			i.path = line
			continue
		}
		message, err := hex.DecodeString(line)
		if err != nil {
			return input{}, fmt.Errorf("%s: %w", name, err)
		}
		i.messages = append(i.messages, message)
	}
	return i, lines.Err()
}
