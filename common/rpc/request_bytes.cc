#include "common/rpc/request_bytes.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include "absl/strings/str_cat.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr size_t kSmallBytes = 256;

bool ParseSlices(grpc::ByteBuffer bytes, google::protobuf::Message& parsed) {
  grpc::ProtoBufferReader reader(&bytes);
  return reader.status().ok() && parsed.ParseFromZeroCopyStream(&reader);
}

}  // namespace

int64_t ParseCost(const grpc::ByteBuffer& request, const RequestBounds& bounds) {
  const size_t bytes = request.Valid() ? request.Length() : 0;
  // What is too large is not parsed.
  if (bytes <= kSmallBytes || bytes > bounds.max_bytes) return 0;
  return static_cast<int64_t>(bytes) * bounds.parse_factor;
}

absl::Status ParseRequest(const grpc::ByteBuffer& request, const RequestBounds& bounds,
                          google::protobuf::Message& parsed) {
  if (!request.Valid()) return MakeError(Reason::kCancelled, "cancelled by the caller");
  if (request.Length() > bounds.max_bytes) {
    return MakeError(Reason::kRequestTooLarge, absl::StrCat("a request of ", bounds.method, " must be at most ",
                                                            bounds.max_bytes, " bytes, got ", request.Length()));
  }
  grpc::Slice slice;
  const bool is_one = request.TrySingleSlice(&slice).ok();
  if (is_one ? parsed.ParseFromArray(slice.begin(), static_cast<int>(slice.size())) : ParseSlices(request, parsed)) {
    return absl::OkStatus();
  }
  return MakeError(Reason::kMalformedRequest,
                   absl::StrCat("the request must be a well-formed ", parsed.GetDescriptor()->name(),
                                " whose texts are valid UTF-8"));
}

void ReleaseRequest(const grpc::ByteBuffer* request) { const_cast<grpc::ByteBuffer*>(request)->Clear(); }

absl::Status EncodeResponse(const google::protobuf::Message& response, grpc::ByteBuffer& bytes) {
  bool own = false;
  return FromGrpcStatus(
      grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(response, &bytes, &own));
}

}  // namespace toolcatalog
