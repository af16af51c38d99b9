#include "reload_service/rpc/event_calls.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/call_answers.h"
#include "common/rpc/event_page.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/text.h"
#include "reload_service/events/event_list.h"
#include "reload_service/rpc/reload_stream.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"

namespace toolcatalog {
namespace {

// How long the catalog may take to answer.
constexpr absl::Duration kMaxCatalogWait = absl::Seconds(2);

absl::Status CheckStatisticsRequest(const v1::GetReloadStatisticsRequest& request) {
  if (request.all() && !request.replica().empty()) {
    return InvalidArgumentError("all", "must not be set together with replica");
  }
  return CheckShortText("replica", request.replica());
}

bool IsThere(const v1::Replica& replica) { return replica.state() != "lost" && replica.state() != "stopped"; }

}  // namespace

grpc::ServerUnaryReactor* EventCalls::ListReloadEvents(grpc::CallbackServerContext* context,
                                                       const v1::ListReloadEventsRequest* request,
                                                       v1::ListReloadEventsResponse* response) {
  absl::StatusOr<EventQuery> query = EventQueryOf(*request);
  if (!query.ok()) return Finish(context, query.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const int64_t stored_before = reporter_->progress().settled_event_id;
  internal::v1::ListStoredReloadEventsRequest stored_request;
  *stored_request.mutable_filter() = *request;
  auto answer = [this, reactor, response, list = EventList(*std::move(query)),
                 stored_before](absl::StatusOr<internal::v1::ListStoredReloadEventsResponse> stored) {
    if (stored.ok()) {
      const int64_t stored_now = reporter_->progress().settled_event_id;
      *response = list.Complete(std::move(*stored->mutable_events()), history_->After(stored_before), stored_now);
    } else {
      *response = list.PageOf(history_->Newest());
      response->set_partial(true);
    }
    reactor->Finish(grpc::Status::OK);
  };
  stored_events_.ListStoredReloadEvents(std::move(stored_request), WaitUntil(*context, kMaxCatalogWait),
                                        std::move(answer));
  return reactor;
}

grpc::ServerUnaryReactor* EventCalls::GetReloadStatistics(grpc::CallbackServerContext* context,
                                                          const v1::GetReloadStatisticsRequest* request,
                                                          v1::ReloadStatistics* response) {
  const absl::Status status = CheckStatisticsRequest(*request);
  if (!status.ok()) return Finish(context, status);
  const bool own = request->replica().empty() || request->replica() == history_->identity().replica;
  if (own && !request->all()) {
    *response = WithoutRanges(statistics_->Report());
    return Finish(context, absl::OkStatus());
  }
  v1::ListReplicasRequest list;
  list.set_statistics(true);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  catalog_.ListReplicas(
      list, WaitUntil(*context, kMaxCatalogWait),
      [this, reactor, request = *request, response](absl::StatusOr<v1::ListReplicasResponse> replicas) {
        absl::StatusOr<v1::ReloadStatistics> statistics =
            replicas.ok()
                ? StatisticsOf(request, *replicas)
                : MakeError(Reason::kCatalogUnavailable, absl::StrCat("catalog: ", replicas.status().message()));
        if (!statistics.ok()) return reactor->Finish(ToGrpcStatus(statistics.status()));
        *response = WithoutRanges(*std::move(statistics));
        reactor->Finish(grpc::Status::OK);
      });
  return reactor;
}

absl::StatusOr<v1::ReloadStatistics> EventCalls::StatisticsOf(const v1::GetReloadStatisticsRequest& request,
                                                              const v1::ListReplicasResponse& replicas) const {
  std::vector<v1::ReloadStatistics> others;
  for (const v1::Replica& replica : replicas.replicas()) {
    if (!IsThere(replica) || !replica.has_statistics()) continue;
    if (!request.all() && replica.name() == request.replica()) return replica.statistics();
    if (replica.name() != history_->identity().replica) others.push_back(replica.statistics());
  }
  if (request.all()) return SumOf(statistics_->Report(), others);
  return MakeError(
      Reason::kReplicaNotFound,
      absl::StrCat("replica ", Quoted(request.replica()), " not found: it has stopped, or has not reported for 30 s"),
      {{"replica", request.replica()}});
}

grpc::ServerWriteReactor<v1::ReloadEvent>* EventCalls::WatchReloads(grpc::CallbackServerContext* context,
                                                                    const v1::WatchReloadsRequest* request) {
  return streams_.Open("WatchReloads", [&] { return ReloadStream::Create(context, *request, history_); });
}

}  // namespace toolcatalog
