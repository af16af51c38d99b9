#ifndef CATALOG_SERVICE_RPC_REPLICA_RPCS_H_
#define CATALOG_SERVICE_RPC_REPLICA_RPCS_H_

#include <grpcpp/grpcpp.h>

#include "catalog_service/replicas/replica_report_calls.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/raw_methods.h"
#include "toolcatalog/internal/v1/replica_service.grpc.pb.h"

namespace toolcatalog {

using ReplicaRpcsBase = RawMethods<internal::v1::ReplicaService::Service,
                                   internal::v1::ReplicaService::WithRawCallbackMethod_ReportReloadEvents,
                                   internal::v1::ReplicaService::WithRawCallbackMethod_ListStoredReloadEvents,
                                   internal::v1::ReplicaService::WithRawCallbackMethod_StoreReloadHook,
                                   internal::v1::ReplicaService::WithRawCallbackMethod_RemoveReloadHook>::Service;

// The methods of the internal service, which reload services call. Thread-safe; no gRPC thread is blocked.
class ReplicaRpcs final : public ReplicaRpcsBase {
 public:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Unary = grpc::ServerUnaryReactor*;

  // Both must outlive this.
  ReplicaRpcs(OpenCalls* open, ReplicaReportCalls* calls) : open_(*open), calls_(*calls) {}

  Unary ReportReloadEvents(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListStoredReloadEvents(Context* context, const Bytes* request, Bytes* response) override;
  Unary StoreReloadHook(Context* context, const Bytes* request, Bytes* response) override;
  Unary RemoveReloadHook(Context* context, const Bytes* request, Bytes* response) override;

 private:
  OpenCalls& open_;
  ReplicaReportCalls& calls_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_REPLICA_RPCS_H_
