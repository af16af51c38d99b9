#include "catalog_service/replicas/replica_report_calls.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catalog_service/replicas/replica_report_rules.h"
#include "common/rpc/call.h"
#include "common/rpc/event_page.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

// Of reports that run or wait, together.
constexpr int64_t kMaxReportBytesInFlight = 128 << 20;

template <typename Response>
absl::Status Take(absl::StatusOr<Response> result, Response* response) {
  if (!result.ok()) return result.status();
  *response = *std::move(result);
  return absl::OkStatus();
}

// Serves a call that writes, and logs it.
template <typename Work>
grpc::ServerUnaryReactor* ServeWriteOn(Executor& executor, grpc::CallbackServerContext* context, const char* method,
                                       Work work) {
  return ServeOn(executor, context, std::move(work), [method, call = InfoOf(*context)](const absl::Status& status) {
    LogCall(method, call, status);
    return status;
  });
}

}  // namespace

grpc::ServerUnaryReactor* ReplicaReportCalls::ListReplicas(grpc::CallbackServerContext* context,
                                                           const v1::ListReplicasRequest* request,
                                                           v1::ListReplicasResponse* response) {
  return ServeReadOn(*parts_.executor, context, "ListReplicas", [this, request, response] {
    return Take(parts_.reports->Replicas(request->statistics()), response);
  });
}

grpc::ServerUnaryReactor* ReplicaReportCalls::Report(grpc::CallbackServerContext* context,
                                                     const internal::v1::ReportReloadEventsRequest* request,
                                                     internal::v1::ReportReloadEventsResponse* response) {
  const CallInfo call = InfoOf(*context);
  const int64_t bytes = static_cast<int64_t>(request->ByteSizeLong());
  // Reports are many; one that is refused is worth a line, for it shows up nowhere else.
  auto finish = [this, call, bytes](const absl::Status& status) {
    report_bytes_ -= bytes;
    if (!status.ok()) LogCall("ReportReloadEvents", call, status);
    return status;
  };
  if ((report_bytes_ += bytes) > kMaxReportBytesInFlight) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(finish(QueueFull())));
    return reactor;
  }
  auto work = [this, request, response] {
    absl::Status status = CheckReport(*request);
    return status.ok() ? Take(parts_.reports->Report(*request), response) : status;
  };
  return ServeOn(*parts_.executor, context, work, finish);
}

grpc::ServerUnaryReactor* ReplicaReportCalls::ListEvents(grpc::CallbackServerContext* context,
                                                         const internal::v1::ListStoredReloadEventsRequest* request,
                                                         internal::v1::ListStoredReloadEventsResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListStoredReloadEvents", [this, request, response] {
    absl::StatusOr<EventQuery> query = EventQueryOf(request->filter());
    if (!query.ok()) return query.status();
    absl::StatusOr<ReloadEventList::Page> page = parts_.events->List(*query);
    if (!page.ok()) return page.status();
    v1::ListReloadEventsResponse& events = *response->mutable_events();
    events = std::move(page->response);
    if (page->more) events.set_next_page_token(NextEventPageToken(*query, *events.history().rbegin()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ReplicaReportCalls::StoreHook(grpc::CallbackServerContext* context,
                                                        const internal::v1::StoreReloadHookRequest* request,
                                                        internal::v1::StoreReloadHookResponse* response) {
  return ServeWriteOn(*parts_.executor, context, "StoreReloadHook", [this, request] {
    if (!request->has_hook()) return InvalidArgumentError("hook", kIsRequired);
    absl::Status status = CheckStoredHook(request->hook());
    return status.ok() ? parts_.hooks->Add(request->hook(), request->validate_only()) : status;
  });
}

grpc::ServerUnaryReactor* ReplicaReportCalls::RemoveHook(grpc::CallbackServerContext* context,
                                                         const internal::v1::RemoveReloadHookRequest* request,
                                                         internal::v1::RemoveReloadHookResponse* response) {
  return ServeWriteOn(*parts_.executor, context, "RemoveReloadHook", [this, request] {
    absl::Status status = CheckHookName(request->name());
    return status.ok() ? parts_.hooks->Remove(request->name(), request->validate_only()) : status;
  });
}

}  // namespace toolcatalog
