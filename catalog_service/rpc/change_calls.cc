#include "catalog_service/rpc/change_calls.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "catalog_service/rpc/watch_request.h"
#include "common/rpc/call.h"
#include "common/rpc/grpc_status.h"
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

// A stream that ends at once.
class RefusedStream : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  explicit RefusedStream(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

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

absl::Status ChangeCalls::Admit(const std::shared_ptr<WatchStream>& stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(std::remove_if(streams_.begin(), streams_.end(), [](const auto& weak) { return weak.expired(); }),
                 streams_.end());
  if (draining_) return absl::UnavailableError("the server is shutting down");
  if (streams_.size() >= kMaxStreams) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this server serves ", kMaxStreams, " watch streams at most; try another replica"));
  }
  streams_.push_back(stream);
  return absl::OkStatus();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* ChangeCalls::WatchTools(grpc::CallbackServerContext* context,
                                                                    const grpc::ByteBuffer* request) {
  v1::WatchToolsRequest parsed;
  grpc::ByteBuffer copy = *request;
  grpc::ProtoBufferReader reader(&copy);
  if (!parsed.ParseFromZeroCopyStream(&reader)) {
    return new RefusedStream(InvalidArgumentError("", "the request is not a WatchToolsRequest"));
  }
  if (absl::Status status = CheckWatchRequest(parsed, *parts_.vocabulary); !status.ok()) {
    return new RefusedStream(status);
  }
  std::vector<std::string> capabilities;
  if (!parsed.capability().empty()) capabilities = parts_.aliases->NamesFor(parsed.capability());
  WatchFilter filter(parsed, std::move(capabilities));
  std::shared_ptr<WatchStream> stream = WatchStream::Create(parts_.watch, parsed, std::move(filter), context);
  if (absl::Status status = Admit(stream); !status.ok()) return new RefusedStream(status);
  stream->Start();
  return stream.get();
}

void ChangeCalls::FinishStreams() {
  std::vector<std::shared_ptr<WatchStream>> open;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    for (const auto& weak : streams_) {
      if (auto stream = weak.lock()) open.push_back(std::move(stream));
    }
  }
  for (const auto& stream : open) stream->End(absl::UnavailableError("the server is shutting down"));
}

}  // namespace toolcatalog
