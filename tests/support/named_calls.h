#ifndef TESTS_SUPPORT_NAMED_CALLS_H_
#define TESTS_SUPPORT_NAMED_CALLS_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace toolcatalog {

// The unary methods of a service that this program knows, by its full name.
std::vector<const google::protobuf::MethodDescriptor*> UnaryMethods(const std::string& service);

// Calls a unary method that is known by its descriptor only, and drops the response. An error keeps the details that
// the service sent.
absl::Status CallByName(const std::shared_ptr<grpc::Channel>& channel, const google::protobuf::MethodDescriptor& method,
                        const google::protobuf::Message& request, grpc::ClientContext* context);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_NAMED_CALLS_H_
