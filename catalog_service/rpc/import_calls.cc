#include "catalog_service/rpc/import_calls.h"

#include <utility>

#include "absl/status/statusor.h"
#include "common/guarded.h"
#include "common/rpc/call.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr int64_t kMaxBytesInFlight = 256 << 20;

}  // namespace

absl::Status ImportCalls::Import(const v1::ImportToolsRequest& request, const CallInfo& call,
                                 const grpc::CallbackServerContext& context, v1::ImportToolsResponse* response) {
  const auto import = [&]() -> absl::Status {
    absl::StatusOr<v1::ImportToolsResponse> result =
        importer_.Import(request, call, [&context] { return context.IsCancelled(); });
    if (!result.ok()) return result.status();
    *response = *std::move(result);
    return absl::OkStatus();
  };
  const absl::Status status = Guarded("ImportTools", import);
  // Parts of it may have been stored before the exception.
  return ErrorReason(status) == kReasonInternalError ? OutcomeUnknown(status) : status;
}

grpc::ServerUnaryReactor* ImportCalls::ImportTools(grpc::CallbackServerContext* context,
                                                   const v1::ImportToolsRequest* request,
                                                   v1::ImportToolsResponse* response) {
  const CallInfo call = InfoOf(*context);
  const int64_t bytes = static_cast<int64_t>(request->ByteSizeLong());
  auto finish = [this, call, bytes](const absl::Status& status) {
    bytes_in_flight_ -= bytes;
    LogCall("ImportTools", call, status);
    return status.ok() ? status : NotExecuted(status);
  };
  if ((bytes_in_flight_ += bytes) > kMaxBytesInFlight) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(finish(QueueFull())));
    return reactor;
  }
  return ServeOn(
      executor_, context,
      [this, call, context, request, response] { return Import(*request, call, *context, response); }, finish);
}

}  // namespace toolcatalog
