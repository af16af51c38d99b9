#ifndef RELOAD_SERVICE_RELOAD_CALLS_H_
#define RELOAD_SERVICE_RELOAD_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>

#include "common/executor.h"
#include "reload_service/periodic_schedule.h"
#include "reload_service/reload_coordinator.h"
#include "toolcatalog/v1/reload_service.pb.h"

namespace toolcatalog {

// Serves the calls that cause reloads or keep them from happening. Thread-safe; nothing blocks. Coordinator and
// schedule must outlive it.
class ReloadCalls {
 public:
  ReloadCalls(ReloadCoordinator* coordinator, PeriodicSchedule* schedule);

  grpc::ServerUnaryReactor* TriggerReload(grpc::CallbackServerContext* context, const v1::TriggerReloadRequest* request,
                                          v1::TriggerReloadResponse* response);
  grpc::ServerUnaryReactor* Freeze(grpc::CallbackServerContext* context, const v1::FreezeRequest* request,
                                   v1::FreezeState* response);
  grpc::ServerUnaryReactor* Thaw(grpc::CallbackServerContext* context, const v1::ThawRequest* request,
                                 v1::FreezeState* response);
  grpc::ServerUnaryReactor* SetPeriodicReload(grpc::CallbackServerContext* context,
                                              const v1::SetPeriodicReloadRequest* request,
                                              v1::PeriodicReload* response);

 private:
  grpc::ServerUnaryReactor* Switch(absl::string_view method, grpc::CallbackServerContext* context,
                                   std::function<v1::FreezeState(const std::string& actor)> work,
                                   v1::FreezeState* response);

  ReloadCoordinator* const coordinator_;
  PeriodicSchedule* const schedule_;
  // Freezing waits for the batch that is being applied.
  Executor executor_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_CALLS_H_
