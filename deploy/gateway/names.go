package main

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// protoFiles are the API's protos.
var protoFiles = []protoreflect.FileDescriptor{
	pb.File_toolcatalog_v1_tool_proto,
	pb.File_toolcatalog_v1_reload_proto,
	pb.File_toolcatalog_v1_catalog_service_proto,
	pb.File_toolcatalog_v1_reload_service_proto,
}

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
