#include "catalog_service/replicas/replica_report_calls.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "catalog_service/replicas/replica_report_rules.h"
#include "common/rpc/call.h"
#include "common/rpc/event_page.h"
#include "common/status.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

template <typename Response>
absl::Status MoveInto(absl::StatusOr<Response> result, Response& response) {
  if (!result.ok()) return result.status();
  response = *std::move(result);
  return absl::OkStatus();
}

// Answers a call that writes, and logs it.
template <typename Work>
void AnswerWriteOn(Executor& executor, UnaryCall& call, Work work) {
  AnswerOn(executor, call, std::move(work), [&call](const absl::Status& status) {
    LogCall(call.method(), call.Info(), status);
    return status;
  });
}

}  // namespace

void ReplicaReportCalls::ListReplicas(UnaryCall& call, const v1::ListReplicasRequest& request,
                                      v1::ListReplicasResponse& response) {
  AnswerReadOn(*parts_.executor, call, [this, &request, &response] {
    return MoveInto(parts_.reports->Replicas(request.statistics()), response);
  });
}

void ReplicaReportCalls::Report(UnaryCall& call, const internal::v1::ReportReloadEventsRequest& request,
                                internal::v1::ReportReloadEventsResponse& response) {
  // Reports are many; one that is refused is worth a line, for it shows up nowhere else.
  auto complete = [&call](const absl::Status& status) {
    if (!status.ok()) LogCall(call.method(), call.Info(), status);
    return status;
  };
  auto work = [this, &request, &response] {
    absl::Status status = CheckReport(request, absl::Now());
    return status.ok() ? MoveInto(parts_.reports->Report(request), response) : status;
  };
  AnswerOn(*parts_.executor, call, work, complete);
}

void ReplicaReportCalls::ListEvents(UnaryCall& call, const internal::v1::ListStoredReloadEventsRequest& request,
                                    internal::v1::ListStoredReloadEventsResponse& response) {
  AnswerReadOn(*parts_.reads, call, [this, &request, &response] {
    absl::StatusOr<EventQuery> query = EventQueryOf(request.filter());
    if (!query.ok()) return query.status();
    absl::StatusOr<ReloadEventList::Page> page = parts_.events->List(*query);
    if (!page.ok()) return page.status();
    v1::ListReloadEventsResponse& events = *response.mutable_events();
    events = std::move(page->response);
    if (page->more) events.set_next_page_token(NextEventPageToken(*query, *events.history().rbegin()));
    return absl::OkStatus();
  });
}

void ReplicaReportCalls::StoreHook(UnaryCall& call, const internal::v1::StoreReloadHookRequest& request,
                                   internal::v1::StoreReloadHookResponse& response) {
  AnswerWriteOn(*parts_.executor, call, [this, &request] {
    if (!request.has_hook()) return InvalidArgumentError("hook", kIsRequired);
    absl::Status status = CheckStoredHook(request.hook());
    return status.ok() ? parts_.hooks->Add(request.hook(), request.validate_only()) : status;
  });
}

void ReplicaReportCalls::RemoveHook(UnaryCall& call, const internal::v1::RemoveReloadHookRequest& request,
                                    internal::v1::RemoveReloadHookResponse& response) {
  AnswerWriteOn(*parts_.executor, call, [this, &request] {
    absl::Status status = CheckHookName(request.name());
    return status.ok() ? parts_.hooks->Remove(request.name(), request.validate_only()) : status;
  });
}

}  // namespace toolcatalog
