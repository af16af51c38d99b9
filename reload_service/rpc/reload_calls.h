#ifndef RELOAD_SERVICE_RPC_RELOAD_CALLS_H_
#define RELOAD_SERVICE_RPC_RELOAD_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>

#include "common/rpc/executor.h"
#include "common/rpc/unary_call.h"
#include "reload_service/follow/periodic_schedule.h"
#include "reload_service/follow/reload_coordinator.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Serves the calls that cause reloads or keep them from happening. Thread-safe; no method blocks. Coordinator and
// schedule must outlive it.
class ReloadCalls {
 public:
  // `on_frozen` is called when the replica has been frozen.
  ReloadCalls(ReloadCoordinator* coordinator, PeriodicSchedule* schedule, std::function<void()> on_frozen);

  void TriggerReload(UnaryCall& call, const v1::TriggerReloadRequest& request, v1::TriggerReloadResponse& response);
  void Freeze(UnaryCall& call, const v1::FreezeRequest& request, v1::FreezeState& response);
  void Thaw(UnaryCall& call, const v1::ThawRequest& request, v1::FreezeState& response);
  void SetPeriodicReload(UnaryCall& call, const v1::SetPeriodicReloadRequest& request, v1::PeriodicReload& response);

  // FAILED_PRECONDITION while the replica is frozen.
  absl::Status CheckNotFrozen() const { return coordinator_->CheckNotFrozen(); }
  // Carries out the reload and answers the call with its event. The request has been checked.
  // FAILED_PRECONDITION while the replica is frozen.
  void Reload(UnaryCall& call, const ReloadRequest& wanted, v1::TriggerReloadResponse& response);

 private:
  void Switch(UnaryCall& call, std::function<v1::FreezeState(const std::string& actor)> work,
              v1::FreezeState& response);

  ReloadCoordinator* const coordinator_;
  PeriodicSchedule* const schedule_;
  const std::function<void()> on_frozen_;
  // Freezes and thaws: a freeze blocks until the batch under way has been applied.
  Executor executor_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_RELOAD_CALLS_H_
