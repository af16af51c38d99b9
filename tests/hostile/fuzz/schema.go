package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// method is an RPC of a running service.
type method struct {
	name       string // such as CatalogService.GetTool
	path       string // such as /toolcatalog.v1.CatalogService/GetTool
	descriptor protoreflect.MethodDescriptor
	service    *grpc.ClientConn
}

// discover asks each server what it serves, and answers all methods of the Tool Catalog, in order of their names.
func discover(ctx context.Context, servers []*grpc.ClientConn) ([]method, error) {
	var methods []method
	for _, server := range servers {
		asker, err := newAsker(ctx, server)
		if err != nil {
			return nil, err
		}
		names, err := asker.services()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if !strings.HasPrefix(name, "toolcatalog.") {
				continue
			}
			service, err := asker.service(name)
			if err != nil {
				return nil, err
			}
			methods = append(methods, methodsOf(service, server)...)
		}
	}
	slices.SortFunc(methods, func(a, b method) int { return strings.Compare(a.path, b.path) })
	if len(methods) == 0 {
		return nil, fmt.Errorf("the servers serve nothing of the Tool Catalog")
	}
	return methods, nil
}

func methodsOf(service protoreflect.ServiceDescriptor, server *grpc.ClientConn) []method {
	var methods []method
	for i := range service.Methods().Len() {
		descriptor := service.Methods().Get(i)
		methods = append(methods, method{
			name:       fmt.Sprintf("%s.%s", service.Name(), descriptor.Name()),
			path:       fmt.Sprintf("/%s/%s", service.FullName(), descriptor.Name()),
			descriptor: descriptor,
			service:    server,
		})
	}
	return methods
}

// asker asks a server by reflection.
type asker struct {
	stream reflection.ServerReflection_ServerReflectionInfoClient
}

func newAsker(ctx context.Context, server *grpc.ClientConn) (*asker, error) {
	stream, err := reflection.NewServerReflectionClient(server).ServerReflectionInfo(ctx)
	return &asker{stream}, err
}

func (a *asker) ask(request *reflection.ServerReflectionRequest) (*reflection.ServerReflectionResponse, error) {
	if err := a.stream.Send(request); err != nil {
		return nil, err
	}
	response, err := a.stream.Recv()
	if err == nil && response.GetErrorResponse() != nil {
		err = fmt.Errorf("reflection: %s", response.GetErrorResponse().ErrorMessage)
	}
	return response, err
}

func (a *asker) services() ([]string, error) {
	response, err := a.ask(&reflection.ServerReflectionRequest{
		MessageRequest: &reflection.ServerReflectionRequest_ListServices{}})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, service := range response.GetListServicesResponse().GetService() {
		names = append(names, service.Name)
	}
	return names, nil
}

// service answers a service's descriptor, with all that it refers to.
func (a *asker) service(name string) (protoreflect.ServiceDescriptor, error) {
	response, err := a.ask(&reflection.ServerReflectionRequest{
		MessageRequest: &reflection.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: name}})
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	if err := a.add(&set, response); err != nil {
		return nil, err
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, err
	}
	descriptor, err := files.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, err
	}
	return descriptor.(protoreflect.ServiceDescriptor), nil
}

// add adds the files of a response to the set, and those that they import.
func (a *asker) add(set *descriptorpb.FileDescriptorSet, response *reflection.ServerReflectionResponse) error {
	for _, encoded := range response.GetFileDescriptorResponse().GetFileDescriptorProto() {
		var file descriptorpb.FileDescriptorProto
		if err := proto.Unmarshal(encoded, &file); err != nil {
			return err
		}
		if has(set, file.GetName()) {
			continue
		}
		set.File = append(set.File, &file)
		for _, imported := range file.Dependency {
			if has(set, imported) {
				continue
			}
			response, err := a.ask(&reflection.ServerReflectionRequest{
				MessageRequest: &reflection.ServerReflectionRequest_FileByFilename{FileByFilename: imported}})
			if err != nil {
				return err
			}
			if err := a.add(set, response); err != nil {
				return err
			}
		}
	}
	return nil
}

func has(set *descriptorpb.FileDescriptorSet, name string) bool {
	return slices.ContainsFunc(set.File, func(file *descriptorpb.FileDescriptorProto) bool { return file.GetName() == name })
}
