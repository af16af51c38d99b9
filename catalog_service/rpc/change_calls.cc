#include "catalog_service/rpc/change_calls.h"

#include <string>
#include <utility>
#include <vector>

#include "catalog_service/rpc/watch_request.h"
#include "common/rpc/call.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxStreams = 4000;

template <typename Response>
absl::Status MoveInto(absl::StatusOr<Response> result, Response* response) {
  if (!result.ok()) return result.status();
  *response = *std::move(result);
  return absl::OkStatus();
}

}  // namespace

ChangeCalls::ChangeCalls(const Parts& parts) : parts_(parts), streams_(parts.open, "watch streams", kMaxStreams) {}

void ChangeCalls::ListChanges(UnaryCall& call, const v1::ListChangesRequest& request,
                              v1::ListChangesResponse& response) {
  AnswerReadOn(*parts_.reads, call,
               [this, &request, &response] { return MoveInto(parts_.changes->List(request), &response); });
}

void ChangeCalls::ListToolHistory(UnaryCall& call, const v1::ListToolHistoryRequest& request,
                                  v1::ListToolHistoryResponse& response) {
  AnswerReadOn(*parts_.reads, call, [this, &call, &request, &response] {
    return MoveInto(parts_.changes->History(request, [&call] { return call.IsCancelled(); }), &response);
  });
}

void ChangeCalls::GetRevision(UnaryCall& call, const v1::GetRevisionRequest& request,
                              v1::GetRevisionResponse& response) {
  AnswerReadOn(*parts_.reads, call, [this, &response] { return parts_.state->Revision(&response); });
}

void ChangeCalls::ListContentHashes(UnaryCall& call, const v1::ListContentHashesRequest& request,
                                    v1::ListContentHashesResponse& response) {
  AnswerReadOn(*parts_.reads, call,
               [this, &request, &response] { return parts_.state->ContentHashes(request, &response); });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* ChangeCalls::WatchTools(grpc::CallbackServerContext* context,
                                                                    const grpc::ByteBuffer* request) {
  return streams_.Open<v1::WatchToolsRequest>(
      {"WatchTools"}, context, request,
      [&](const v1::WatchToolsRequest& parsed) { return MakeStream(context, parsed); });
}

absl::StatusOr<std::shared_ptr<WatchStream>> ChangeCalls::MakeStream(grpc::CallbackServerContext* context,
                                                                     const v1::WatchToolsRequest& request) const {
  if (absl::Status status = CheckWatchRequest(request, *parts_.vocabulary); !status.ok()) return status;
  std::vector<std::string> capabilities;
  if (!request.capability().empty()) capabilities = parts_.aliases->NamesFor(request.capability());
  WatchFilter filter(request, std::move(capabilities));
  return std::make_shared<WatchStream>(parts_.watch, request, std::move(filter), context);
}

}  // namespace toolcatalog
