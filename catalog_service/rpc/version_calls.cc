#include "catalog_service/rpc/version_calls.h"

#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "common/guarded.h"
#include "common/rpc/call.h"

namespace toolcatalog {

grpc::ServerUnaryReactor* VersionCalls::ListToolVersions(grpc::CallbackServerContext* context,
                                                         const v1::ListToolVersionsRequest* request,
                                                         v1::ListToolVersionsResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListToolVersions",
                     [this, request, response] { return parts_.requests->ListToolVersions(*request, response); });
}

grpc::ServerUnaryReactor* VersionCalls::PromoteToolVersion(grpc::CallbackServerContext* context,
                                                           const v1::PromoteToolVersionRequest* request,
                                                           v1::Tool* response) {
  const auto make = [&](const CallInfo& call) { return parts_.mutations->Promote(*request, call); };
  return parts_.writes->WriteTool(context, "PromoteToolVersion", make, response);
}

// A mutation that was refused has no past to read. It goes to the queue as it is, which knows whether it repeats one
// that was applied.
absl::Status VersionCalls::ReadTarget(int64_t revision, Mutation& mutation) const {
  auto* rollback = std::get_if<RollbackMutation>(&mutation.action);
  if (rollback == nullptr) return absl::OkStatus();
  absl::StatusOr<ToolState> target = parts_.history->RollbackTarget(rollback->name_key, revision);
  if (!target.ok()) return target.status();
  rollback->target = *std::move(target);
  return absl::OkStatus();
}

// The past is read before the write is queued, which must not wait for reads under the lock.
grpc::ServerUnaryReactor* VersionCalls::RollbackTool(grpc::CallbackServerContext* context,
                                                     const v1::RollbackToolRequest* request, v1::Tool* response) {
  static constexpr char kMethod[] = "RollbackTool";
  const CallInfo call = InfoOf(*context);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto queue = [=](absl::StatusOr<Mutation> mutation) {
    parts_.writes->Queue(reactor, context, kMethod, call, std::move(mutation),
                         MutationCalls::ToolInto(response, context));
  };
  auto complete = [=](Mutation mutation) -> absl::StatusOr<Mutation> {
    if (absl::Status status = StillWanted(*context, call.deadline); !status.ok()) return status;
    if (absl::Status status = ReadTarget(request->to_revision(), mutation); !status.ok()) {
      mutation.action = RefusedMutation{std::move(status)};
    }
    return mutation;
  };
  absl::StatusOr<Mutation> mutation = Guarded(kMethod, [&] { return parts_.mutations->RollBack(*request, call); });
  if (!mutation.ok()) {
    queue(mutation.status());
    return reactor;
  }
  const bool taken = parts_.reads->TrySchedule([=, mutation = *std::move(mutation)]() mutable {
    queue(Guarded(kMethod, [&] { return complete(std::move(mutation)); }));
  });
  if (!taken) queue(QueueFull());
  return reactor;
}

}  // namespace toolcatalog
