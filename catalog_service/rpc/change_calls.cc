#include "catalog_service/rpc/change_calls.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <string>
#include <utility>
#include <vector>

#include "catalog_service/rpc/watch_request.h"
#include "common/rpc/call.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxStreams = 1000;

template <typename Response>
absl::Status MoveInto(absl::StatusOr<Response> result, Response* response) {
  if (!result.ok()) return result.status();
  *response = *std::move(result);
  return absl::OkStatus();
}

}  // namespace

ChangeCalls::ChangeCalls(const Parts& parts) : parts_(parts), streams_("watch streams", kMaxStreams) {}

grpc::ServerUnaryReactor* ChangeCalls::ListChanges(grpc::CallbackServerContext* context,
                                                   const v1::ListChangesRequest* request,
                                                   v1::ListChangesResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListChanges",
                     [this, request, response] { return MoveInto(parts_.changes->List(*request), response); });
}

grpc::ServerUnaryReactor* ChangeCalls::ListToolHistory(grpc::CallbackServerContext* context,
                                                       const v1::ListToolHistoryRequest* request,
                                                       v1::ListToolHistoryResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListToolHistory", [this, context, request, response] {
    return MoveInto(parts_.changes->History(*request, [context] { return context->IsCancelled(); }), response);
  });
}

grpc::ServerUnaryReactor* ChangeCalls::GetRevision(grpc::CallbackServerContext* context,
                                                   const v1::GetRevisionRequest* request,
                                                   v1::GetRevisionResponse* response) {
  return ServeReadOn(*parts_.reads, context, "GetRevision",
                     [this, response] { return parts_.state->Revision(response); });
}

grpc::ServerUnaryReactor* ChangeCalls::ListContentHashes(grpc::CallbackServerContext* context,
                                                         const v1::ListContentHashesRequest* request,
                                                         v1::ListContentHashesResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListContentHashes",
                     [this, request, response] { return parts_.state->ContentHashes(*request, response); });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* ChangeCalls::WatchTools(grpc::CallbackServerContext* context,
                                                                    const grpc::ByteBuffer* request) {
  return streams_.Open("WatchTools", [&] { return MakeStream(context, *request); });
}

absl::StatusOr<std::shared_ptr<WatchStream>> ChangeCalls::MakeStream(grpc::CallbackServerContext* context,
                                                                     const grpc::ByteBuffer& request) const {
  v1::WatchToolsRequest parsed;
  grpc::ByteBuffer copy = request;
  grpc::ProtoBufferReader reader(&copy);
  if (!parsed.ParseFromZeroCopyStream(&reader)) {
    return MakeError(Reason::kMalformedRequest, "the request is not a WatchToolsRequest");
  }
  if (absl::Status status = CheckWatchRequest(parsed, *parts_.vocabulary); !status.ok()) return status;
  std::vector<std::string> capabilities;
  if (!parsed.capability().empty()) capabilities = parts_.aliases->NamesFor(parsed.capability());
  WatchFilter filter(parsed, std::move(capabilities));
  return std::make_shared<WatchStream>(parts_.watch, parsed, std::move(filter), context);
}

}  // namespace toolcatalog
