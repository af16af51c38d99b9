#ifndef CATALOG_SERVICE_RPC_REPLICA_RPCS_H_
#define CATALOG_SERVICE_RPC_REPLICA_RPCS_H_

#include <grpcpp/grpcpp.h>

#include "catalog_service/replicas/replica_report_calls.h"
#include "toolcatalog/internal/v1/replica_service.grpc.pb.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"

namespace toolcatalog {

// The methods of the internal service, which reload services call. Thread-safe; no gRPC thread is blocked.
class ReplicaRpcs final : public internal::v1::ReplicaService::CallbackService {
 public:
  // `calls` must outlive this.
  explicit ReplicaRpcs(ReplicaReportCalls* calls) : calls_(*calls) {}

  grpc::ServerUnaryReactor* ReportReloadEvents(grpc::CallbackServerContext* context,
                                               const internal::v1::ReportReloadEventsRequest* request,
                                               internal::v1::ReportReloadEventsResponse* response) override;
  grpc::ServerUnaryReactor* ListStoredReloadEvents(grpc::CallbackServerContext* context,
                                                   const internal::v1::ListStoredReloadEventsRequest* request,
                                                   internal::v1::ListStoredReloadEventsResponse* response) override;
  grpc::ServerUnaryReactor* StoreReloadHook(grpc::CallbackServerContext* context,
                                            const internal::v1::StoreReloadHookRequest* request,
                                            internal::v1::StoreReloadHookResponse* response) override;
  grpc::ServerUnaryReactor* RemoveReloadHook(grpc::CallbackServerContext* context,
                                             const internal::v1::RemoveReloadHookRequest* request,
                                             internal::v1::RemoveReloadHookResponse* response) override;

 private:
  ReplicaReportCalls& calls_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_REPLICA_RPCS_H_
