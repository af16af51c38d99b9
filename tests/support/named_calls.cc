#include "tests/support/named_calls.h"

#include <grpcpp/generic/generic_stub.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "common/rpc/grpc_status.h"

namespace toolcatalog {

std::vector<const google::protobuf::MethodDescriptor*> UnaryMethods(const std::string& service) {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  for (int i = 0; descriptor != nullptr && i < descriptor->method_count(); ++i) {
    const google::protobuf::MethodDescriptor* method = descriptor->method(i);
    if (!method->client_streaming() && !method->server_streaming()) methods.push_back(method);
  }
  return methods;
}

absl::Status CallByName(const std::shared_ptr<grpc::Channel>& channel, const google::protobuf::MethodDescriptor& method,
                        const google::protobuf::Message& request, grpc::ClientContext* context) {
  const grpc::Slice slice(request.SerializeAsString());
  const grpc::ByteBuffer bytes(&slice, 1);
  grpc::ByteBuffer answer;
  std::promise<grpc::Status> done;
  grpc::GenericStub stub(channel);
  stub.UnaryCall(context, absl::StrCat("/", method.service()->full_name(), "/", method.name()), grpc::StubOptions(),
                 &bytes, &answer, [&done](grpc::Status status) { done.set_value(std::move(status)); });
  return FromGrpcStatus(done.get_future().get());
}

}  // namespace toolcatalog
