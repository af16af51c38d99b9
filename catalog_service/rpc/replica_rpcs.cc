#include "catalog_service/rpc/replica_rpcs.h"

#include "common/rpc/unary_call.h"

namespace toolcatalog {

ReplicaRpcs::Unary ReplicaRpcs::ReportReloadEvents(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ReportReloadEvents", kMaxRequestBytes, kDefinitionParseFactor, true}, context, request,
                    response, &calls_, &ReplicaReportCalls::Report);
}

ReplicaRpcs::Unary ReplicaRpcs::ListStoredReloadEvents(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListStoredReloadEvents"}, context, request, response, &calls_,
                    &ReplicaReportCalls::ListEvents);
}

ReplicaRpcs::Unary ReplicaRpcs::StoreReloadHook(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("StoreReloadHook"), context, request, response, &calls_,
                    &ReplicaReportCalls::StoreHook);
}

ReplicaRpcs::Unary ReplicaRpcs::RemoveReloadHook(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("RemoveReloadHook"), context, request, response, &calls_,
                    &ReplicaReportCalls::RemoveHook);
}

}  // namespace toolcatalog
