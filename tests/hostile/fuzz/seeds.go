package main

import (
	_ "embed"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

//go:embed seeds.txt
var seedText string

// seeds are requests of each method, by its name.
type seeds map[string][]proto.Message

// readSeeds reads the seeds. Each method gets at least an empty one; a line for no method is an error.
func readSeeds(text string, methods []method) (seeds, error) {
	known := map[string]method{}
	for _, m := range methods {
		known[m.name] = m
	}
	all := seeds{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, request, _ := strings.Cut(line, " ")
		m, found := known[name]
		if !found {
			return nil, fmt.Errorf("a seed is for %s, which nobody serves", name)
		}
		message := dynamicpb.NewMessage(m.descriptor.Input())
		if err := prototext.Unmarshal([]byte(request), message); err != nil {
			return nil, fmt.Errorf("a seed of %s: %w", name, err)
		}
		all[name] = append(all[name], message)
	}
	for _, m := range methods {
		if len(all[m.name]) == 0 {
			all[m.name] = []proto.Message{dynamicpb.NewMessage(m.descriptor.Input())}
		}
	}
	return all, nil
}
