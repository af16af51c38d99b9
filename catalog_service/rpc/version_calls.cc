#include "catalog_service/rpc/version_calls.h"

#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "common/rpc/call.h"

namespace toolcatalog {

void VersionCalls::ListToolVersions(UnaryCall& call, const v1::ListToolVersionsRequest& request,
                                    v1::ListToolVersionsResponse& response) {
  AnswerReadOn(*parts_.reads, call, [this, &call, &request, &response] {
    return parts_.requests->ListToolVersions(request, HoldFor(call), &response);
  });
}

void VersionCalls::PromoteToolVersion(UnaryCall& call, const v1::PromoteToolVersionRequest& request,
                                      v1::Tool& response) {
  const auto make = [this, &request](const CallInfo& info) { return parts_.mutations->Promote(request, info); };
  parts_.writes->WriteTool(call, make, response);
}

// A mutation that was refused has no past to read. It goes to the queue as it is, which knows whether it repeats one
// that was applied.
absl::Status VersionCalls::ReadTarget(int64_t revision, const HoldBytes& hold, Mutation& mutation) const {
  auto* rollback = std::get_if<RollbackMutation>(&mutation.action);
  if (rollback == nullptr) return absl::OkStatus();
  absl::StatusOr<ToolState> target = parts_.history->RollbackTarget(rollback->name_key, revision, hold);
  if (!target.ok()) return target.status();
  rollback->target = *std::move(target);
  return absl::OkStatus();
}

// The past is read before the write is queued, which must not wait for reads under the lock.
void VersionCalls::RollbackTool(UnaryCall& call, const v1::RollbackToolRequest& request, v1::Tool& response) {
  const auto make = [this, &call, &request](const CallInfo& info) -> absl::StatusOr<Mutation> {
    absl::StatusOr<Mutation> mutation = parts_.mutations->RollBack(request, info);
    if (!mutation.ok()) return mutation;
    if (absl::Status status = ReadTarget(request.to_revision(), HoldFor(call), *mutation); !status.ok()) {
      mutation->action = RefusedMutation{std::move(status)};
    }
    return mutation;
  };
  parts_.writes->WriteToolOn(*parts_.reads, call, make, response);
}

}  // namespace toolcatalog
