#include "reload_service/event_calls.h"

#include "common/page_token.h"
#include "reload_service/call_answers.h"
#include "reload_service/reload_stream.h"
#include "reload_service/request_rules.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kMaxStreamWrite = absl::Seconds(30);

}  // namespace

grpc::ServerUnaryReactor* EventCalls::ListReloadEvents(grpc::CallbackServerContext* context,
                                                       const v1::ListReloadEventsRequest* request,
                                                       v1::ListReloadEventsResponse* response) {
  const auto limit = CheckPageSize("limit", request->has_limit(), request->limit());
  if (!limit.ok()) return Finish(context, limit.status());
  const absl::Status status = CheckTrigger(request->trigger_type());
  if (status.ok()) *response = history_->List(request->trigger_type(), *limit);
  return Finish(context, status);
}

grpc::ServerUnaryReactor* EventCalls::GetReloadStatistics(grpc::CallbackServerContext* context,
                                                          const v1::GetReloadStatisticsRequest* request,
                                                          v1::ReloadStatistics* response) {
  *response = history_->Statistics();
  return Finish(context, absl::OkStatus());
}

grpc::ServerWriteReactor<v1::ReloadEvent>* EventCalls::WatchReloads(grpc::CallbackServerContext* context,
                                                                    const v1::WatchReloadsRequest* request) {
  return ReloadStream::Open(context, history_, kMaxStreamWrite);
}

}  // namespace toolcatalog
