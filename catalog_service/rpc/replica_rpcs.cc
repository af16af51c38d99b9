#include "catalog_service/rpc/replica_rpcs.h"

#include "common/rpc/call.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"

namespace toolcatalog {

grpc::ServerUnaryReactor* ReplicaRpcs::ReportReloadEvents(grpc::CallbackServerContext* context,
                                                          const internal::v1::ReportReloadEventsRequest* request,
                                                          internal::v1::ReportReloadEventsResponse* response) {
  return EnterCall("ReportReloadEvents", [&] { return calls_.Report(context, request, response); });
}

grpc::ServerUnaryReactor* ReplicaRpcs::ListStoredReloadEvents(
    grpc::CallbackServerContext* context, const internal::v1::ListStoredReloadEventsRequest* request,
    internal::v1::ListStoredReloadEventsResponse* response) {
  return EnterCall("ListStoredReloadEvents", [&] { return calls_.ListEvents(context, request, response); });
}

grpc::ServerUnaryReactor* ReplicaRpcs::StoreReloadHook(grpc::CallbackServerContext* context,
                                                       const internal::v1::StoreReloadHookRequest* request,
                                                       internal::v1::StoreReloadHookResponse* response) {
  return EnterCall("StoreReloadHook", [&] { return calls_.StoreHook(context, request, response); });
}

grpc::ServerUnaryReactor* ReplicaRpcs::RemoveReloadHook(grpc::CallbackServerContext* context,
                                                        const internal::v1::RemoveReloadHookRequest* request,
                                                        internal::v1::RemoveReloadHookResponse* response) {
  return EnterCall("RemoveReloadHook", [&] { return calls_.RemoveHook(context, request, response); });
}

}  // namespace toolcatalog
