#ifndef CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_CALLS_H_
#define CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_CALLS_H_

#include "catalog_service/replicas/reload_event_list.h"
#include "catalog_service/replicas/reload_hook_store.h"
#include "catalog_service/replicas/replica_report_store.h"
#include "common/rpc/executor.h"
#include "common/rpc/unary_call.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Serves the calls about reload services on an executor of their own, so these calls and the calls about tools do not
// wait for each other. A call is refused with RESOURCE_EXHAUSTED if the queue of the executor is full. Thread-safe.
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

  void ListReplicas(UnaryCall& call, const v1::ListReplicasRequest& request, v1::ListReplicasResponse& response);
  void Report(UnaryCall& call, const internal::v1::ReportReloadEventsRequest& request,
              internal::v1::ReportReloadEventsResponse& response);
  void ListEvents(UnaryCall& call, const internal::v1::ListStoredReloadEventsRequest& request,
                  internal::v1::ListStoredReloadEventsResponse& response);
  void StoreHook(UnaryCall& call, const internal::v1::StoreReloadHookRequest& request,
                 internal::v1::StoreReloadHookResponse& response);
  void RemoveHook(UnaryCall& call, const internal::v1::RemoveReloadHookRequest& request,
                  internal::v1::RemoveReloadHookResponse& response);

 private:
  const Parts parts_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_CALLS_H_
