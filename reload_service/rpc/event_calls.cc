#include "reload_service/rpc/event_calls.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/event_page.h"
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

void EventCalls::ListReloadEvents(UnaryCall& call, const v1::ListReloadEventsRequest& request,
                                  v1::ListReloadEventsResponse& response) {
  absl::StatusOr<EventQuery> query = EventQueryOf(request);
  if (!query.ok()) return call.Answer(query.status());
  const int64_t stored_before = reporter_->progress().settled_event_id;
  internal::v1::ListStoredReloadEventsRequest stored_request;
  *stored_request.mutable_filter() = request;
  auto answer = [this, &call, &response, list = EventList(*std::move(query)),
                 stored_before](absl::StatusOr<internal::v1::ListStoredReloadEventsResponse> stored) {
    if (stored.ok()) {
      const int64_t stored_now = reporter_->progress().settled_event_id;
      response = list.Complete(std::move(*stored->mutable_events()), history_->After(stored_before), stored_now);
    } else {
      response = list.PageOf(history_->Newest());
      response.set_partial(true);
    }
    call.Answer(absl::OkStatus());
  };
  stored_events_.ListStoredReloadEvents(std::move(stored_request), call.WaitUntil(kMaxCatalogWait), std::move(answer));
}

void EventCalls::GetReloadStatistics(UnaryCall& call, const v1::GetReloadStatisticsRequest& request,
                                     v1::ReloadStatistics& response) {
  const absl::Status status = CheckStatisticsRequest(request);
  if (!status.ok()) return call.Answer(status);
  const bool own = request.replica().empty() || request.replica() == history_->identity().replica;
  if (own && !request.all()) {
    response = WithoutRanges(statistics_->Report());
    return call.Answer(absl::OkStatus());
  }
  v1::ListReplicasRequest list;
  list.set_statistics(true);
  catalog_.ListReplicas(list, call.WaitUntil(kMaxCatalogWait),
                        [this, &call, &request, &response](absl::StatusOr<v1::ListReplicasResponse> replicas) {
                          absl::StatusOr<v1::ReloadStatistics> statistics =
                              replicas.ok() ? StatisticsOf(request, *replicas)
                                            : MakeError(Reason::kCatalogUnavailable,
                                                        absl::StrCat("catalog: ", replicas.status().message()));
                          if (statistics.ok()) response = WithoutRanges(*std::move(statistics));
                          call.Answer(statistics.status());
                        });
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

grpc::ServerWriteReactor<grpc::ByteBuffer>* EventCalls::WatchReloads(grpc::CallbackServerContext* context,
                                                                     const grpc::ByteBuffer* request) {
  return streams_.Open<v1::WatchReloadsRequest>(
      {"WatchReloads"}, context, request,
      [&](const v1::WatchReloadsRequest& parsed) { return ReloadStream::Create(context, parsed, history_); });
}

}  // namespace toolcatalog
