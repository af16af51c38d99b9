package main

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// protoFiles are all protos of the API's package, by path.
var protoFiles = func() []protoreflect.FileDescriptor {
	var files []protoreflect.FileDescriptor
	api := pb.File_toolcatalog_v1_tool_proto.Package()
	protoregistry.GlobalFiles.RangeFilesByPackage(api, func(file protoreflect.FileDescriptor) bool {
		files = append(files, file)
		return true
	})
	slices.SortFunc(files, func(a, b protoreflect.FileDescriptor) int { return strings.Compare(a.Path(), b.Path()) })
	return files
}()

// protoNames maps the JSON names of fields, which libraries prefer, to the names that the API uses.
var protoNames = func() map[string]string {
	names := map[string]string{}
	for _, file := range protoFiles {
		addProtoNames(names, file.Messages())
	}
	return names
}()

func addProtoNames(names map[string]string, messages protoreflect.MessageDescriptors) {
	for i := range messages.Len() {
		fields := messages.Get(i).Fields()
		for j := range fields.Len() {
			names[fields.Get(j).JSONName()] = string(fields.Get(j).Name())
		}
		addProtoNames(names, messages.Get(i).Messages())
	}
}
