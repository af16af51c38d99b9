#ifndef RELOAD_SERVICE_EVENT_CALLS_H_
#define RELOAD_SERVICE_EVENT_CALLS_H_

#include <grpcpp/grpcpp.h>

#include "reload_service/reload_history.h"
#include "toolcatalog/v1/reload_service.pb.h"

namespace toolcatalog {

// Serves the calls that tell what was reloaded. Thread-safe; nothing blocks. The history must outlive it and its calls.
class EventCalls {
 public:
  explicit EventCalls(ReloadHistory* history) : history_(history) {}

  grpc::ServerUnaryReactor* ListReloadEvents(grpc::CallbackServerContext* context,
                                             const v1::ListReloadEventsRequest* request,
                                             v1::ListReloadEventsResponse* response);
  grpc::ServerUnaryReactor* GetReloadStatistics(grpc::CallbackServerContext* context,
                                                const v1::GetReloadStatisticsRequest* request,
                                                v1::ReloadStatistics* response);
  grpc::ServerWriteReactor<v1::ReloadEvent>* WatchReloads(grpc::CallbackServerContext* context,
                                                          const v1::WatchReloadsRequest* request);

 private:
  ReloadHistory* const history_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENT_CALLS_H_
