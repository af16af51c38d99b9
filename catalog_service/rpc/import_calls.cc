#include "catalog_service/rpc/import_calls.h"

#include <algorithm>
#include <utility>

#include "common/guarded.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr char kDraining[] = "the server is shutting down";

// The status to answer, which is logged.
absl::Status Completed(absl::string_view method, const CallInfo& call, const absl::Status& status) {
  LogCall(method, call, status);
  return status.ok() ? status : NotExecuted(status);
}

// A stream that ends at once.
class RefusedImport : public grpc::ServerReadReactor<v1::StreamImportRequest> {
 public:
  explicit RefusedImport(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

absl::Status ImportCalls::Import(absl::string_view method, const v1::ImportToolsRequest& request, const CallInfo& call,
                                 const grpc::CallbackServerContext& context, v1::ImportToolsResponse* response) {
  const auto import = [&]() -> absl::Status {
    absl::StatusOr<v1::ImportToolsResponse> result =
        importer_.Import(request, call, [&context] { return context.IsCancelled(); });
    if (!result.ok()) return result.status();
    *response = *std::move(result);
    return absl::OkStatus();
  };
  const absl::Status status = Guarded(method, import);
  // Parts of it may have been stored before the exception.
  return HasReason(status, Reason::kInternalError) ? OutcomeUnknown(status) : status;
}

grpc::ServerUnaryReactor* ImportCalls::ImportTools(grpc::CallbackServerContext* context,
                                                   const v1::ImportToolsRequest* request,
                                                   v1::ImportToolsResponse* response) {
  const CallInfo call = InfoOf(*context);
  const auto place = std::make_shared<ImportBudget::Place>(&budget_);
  const auto finish = [call, place](const absl::Status& status) {
    place->Release();
    return Completed("ImportTools", call, status);
  };
  if (absl::Status held = place->Hold(static_cast<int64_t>(request->ByteSizeLong())); !held.ok()) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(finish(held)));
    return reactor;
  }
  return ServeOn(
      executor_, context,
      [this, call, context, request, response] { return Import("ImportTools", *request, call, *context, response); },
      finish);
}

grpc::ServerReadReactor<v1::StreamImportRequest>* ImportCalls::StreamImport(grpc::CallbackServerContext* context,
                                                                            v1::ImportToolsResponse* response) {
  const absl::StatusOr<std::shared_ptr<ImportStream>> stream =
      Guarded("StreamImport", [&] { return Open(context, response); });
  if (!stream.ok()) return new RefusedImport(Completed("StreamImport", InfoOf(*context), stream.status()));
  (*stream)->Start();
  return stream->get();
}

absl::StatusOr<std::shared_ptr<ImportStream>> ImportCalls::Open(grpc::CallbackServerContext* context,
                                                                v1::ImportToolsResponse* response) {
  ImportBudget::Place place(&budget_);
  if (absl::Status held = place.Hold(kMaxImportPieceBytes); !held.ok()) return held;
  const CallInfo call = InfoOf(*context);
  auto work = [this, call, context, response](const v1::ImportToolsRequest& request) {
    return Import("StreamImport", request, call, *context, response);
  };
  auto complete = [call](const absl::Status& status) { return Completed("StreamImport", call, status); };
  std::shared_ptr<ImportStream> stream =
      ImportStream::Create(context, patience_, std::move(place), &executor_, std::move(work), std::move(complete));
  absl::MutexLock lock(&mutex_);
  if (draining_) return MakeError(Reason::kShuttingDown, kDraining);
  streams_.erase(std::remove_if(streams_.begin(), streams_.end(), [](const auto& weak) { return weak.expired(); }),
                 streams_.end());
  streams_.push_back(stream);
  return stream;
}

void ImportCalls::FinishStreams() {
  std::vector<std::shared_ptr<ImportStream>> open;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    for (const auto& weak : streams_) {
      if (auto stream = weak.lock()) open.push_back(std::move(stream));
    }
  }
  for (const auto& stream : open) stream->End(MakeError(Reason::kShuttingDown, kDraining));
}

}  // namespace toolcatalog
