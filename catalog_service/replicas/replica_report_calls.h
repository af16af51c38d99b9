#ifndef CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_CALLS_H_
#define CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>

#include "catalog_service/replicas/reload_event_list.h"
#include "catalog_service/replicas/reload_hook_store.h"
#include "catalog_service/replicas/replica_report_store.h"
#include "common/rpc/executor.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Serves the calls about reload services on an executor of their own, so these calls and the calls about tools do not
// wait for each other. A call is refused with RESOURCE_EXHAUSTED if the executor's queue is full, or if the reports in
// flight are too large together. Thread-safe.
class ReplicaReportCalls {
 public:
  // What the calls work with. All must outlive them.
  struct Parts {
    ReplicaReportStore* reports;
    ReloadEventList* events;
    ReloadHookStore* hooks;
    Executor* executor;
    // For lists of events, which may take long: reports do not wait for them.
    Executor* reads;
  };
  explicit ReplicaReportCalls(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* ListReplicas(grpc::CallbackServerContext* context, const v1::ListReplicasRequest* request,
                                         v1::ListReplicasResponse* response);
  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context,
                                   const internal::v1::ReportReloadEventsRequest* request,
                                   internal::v1::ReportReloadEventsResponse* response);
  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context,
                                       const internal::v1::ListStoredReloadEventsRequest* request,
                                       internal::v1::ListStoredReloadEventsResponse* response);
  grpc::ServerUnaryReactor* StoreHook(grpc::CallbackServerContext* context,
                                      const internal::v1::StoreReloadHookRequest* request,
                                      internal::v1::StoreReloadHookResponse* response);
  grpc::ServerUnaryReactor* RemoveHook(grpc::CallbackServerContext* context,
                                       const internal::v1::RemoveReloadHookRequest* request,
                                       internal::v1::RemoveReloadHookResponse* response);

 private:
  const Parts parts_;
  std::atomic<int64_t> report_bytes_ = 0;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_CALLS_H_
