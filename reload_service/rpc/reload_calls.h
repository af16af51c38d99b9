#ifndef RELOAD_SERVICE_RPC_RELOAD_CALLS_H_
#define RELOAD_SERVICE_RPC_RELOAD_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>

#include "common/rpc/executor.h"
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

  grpc::ServerUnaryReactor* TriggerReload(grpc::CallbackServerContext* context, const v1::TriggerReloadRequest* request,
                                          v1::TriggerReloadResponse* response);
  grpc::ServerUnaryReactor* Freeze(grpc::CallbackServerContext* context, const v1::FreezeRequest* request,
                                   v1::FreezeState* response);
  grpc::ServerUnaryReactor* Thaw(grpc::CallbackServerContext* context, const v1::ThawRequest* request,
                                 v1::FreezeState* response);
  grpc::ServerUnaryReactor* SetPeriodicReload(grpc::CallbackServerContext* context,
                                              const v1::SetPeriodicReloadRequest* request,
                                              v1::PeriodicReload* response);

  // FAILED_PRECONDITION while the replica is frozen.
  absl::Status CheckNotFrozen() const { return coordinator_->CheckNotFrozen(); }
  // Carries out the reload and answers the call `method` with its event. The request has been checked.
  // FAILED_PRECONDITION while the replica is frozen.
  grpc::ServerUnaryReactor* Reload(const char* method, grpc::CallbackServerContext* context,
                                   const ReloadRequest& wanted, v1::TriggerReloadResponse* response);

 private:
  grpc::ServerUnaryReactor* Switch(absl::string_view method, grpc::CallbackServerContext* context,
                                   std::function<v1::FreezeState(const std::string& actor)> work,
                                   v1::FreezeState* response);

  ReloadCoordinator* const coordinator_;
  PeriodicSchedule* const schedule_;
  const std::function<void()> on_frozen_;
  // Freezes and thaws: a freeze blocks until the batch under way has been applied.
  Executor executor_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_RELOAD_CALLS_H_
