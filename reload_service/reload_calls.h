#ifndef RELOAD_SERVICE_RELOAD_CALLS_H_
#define RELOAD_SERVICE_RELOAD_CALLS_H_

#include <grpcpp/grpcpp.h>

#include "reload_service/reload_coordinator.h"
#include "toolcatalog/v1/reload_service.pb.h"

namespace toolcatalog {

// Serves the calls that cause reloads. Thread-safe; nothing blocks. The coordinator must outlive it.
class ReloadCalls {
 public:
  explicit ReloadCalls(ReloadCoordinator* coordinator) : coordinator_(coordinator) {}

  grpc::ServerUnaryReactor* TriggerReload(grpc::CallbackServerContext* context, const v1::TriggerReloadRequest* request,
                                          v1::TriggerReloadResponse* response);

  // Answers `method`, whose request has been checked, with the event of the reload wanted.
  grpc::ServerUnaryReactor* Reload(const char* method, grpc::CallbackServerContext* context,
                                   const ReloadRequest& wanted, v1::TriggerReloadResponse* response);

 private:
  ReloadCoordinator* const coordinator_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_CALLS_H_
