package main

import (
	"fmt"

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
