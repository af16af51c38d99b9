package main

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	catalogService = "/toolcatalog.v1.CatalogService/"
	reloadService  = "/toolcatalog.v1.ReloadService/"
)

// text encodes a field of text, bytes or a message.
func text(number protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

// number encodes a field of an integer or a truth value.
func number(field protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.VarintType), value)
}

func join(fields ...[]byte) []byte {
	var all []byte
	for _, field := range fields {
		all = append(all, field...)
	}
	return all
}

// tool encodes a Tool with its required fields.
func tool(name, description string) []byte {
	return join(text(1, name), text(3, description), text(4, "linux"), text(5, "system"))
}

// costlyTool encodes a Tool with as many regular expressions as the catalog compiles to check a definition.
func costlyTool(name string) []byte {
	inputs := text(1, "pattern")
	for i := range 100 {
		expression := fmt.Sprintf("(?:[a-z]{40}%d){30}", i)
		inputs = append(inputs, text(12, string(join(text(1, fmt.Sprintf("input_%d", i)), text(5, expression))))...)
	}
	capability := join(text(1, "capability"), text(3, string(inputs)))
	return join(tool(name, "costly to check"), text(10, string(capability)))
}

// denseTool encodes a Tool of almost 256 KiB, a list of as many nulls as fit.
func denseTool(name, version string) []byte {
	null := text(1, string(number(1, 0)))
	list := text(6, strings.Repeat(string(null), 60000))
	entry := join(text(1, "list"), text(2, string(list)))
	return join(tool(name, "dense"), text(2, version), text(11, string(text(1, string(entry)))))
}

// definition is a tool as YAML, with a description of so many bytes.
func definition(name string, size int) string {
	return fmt.Sprintf("---\ntool_name: %s\ndescription: \"%s\"\nplatform: linux\ncategory: system\n", name, filler(size))
}

// filler is text of so many bytes.
func filler(size int) string {
	const words = "what it does when nobody looks "
	bytes := make([]byte, size)
	for i := range bytes {
		bytes[i] = words[i%len(words)]
	}
	return string(bytes)
}
