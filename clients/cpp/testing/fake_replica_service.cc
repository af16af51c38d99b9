#include "clients/cpp/testing/fake_replica_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>

#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "toolcatalog/internal/v1/replica_service.grpc.pb.h"

namespace toolcatalog {

struct FakeReplicaService::Service final : internal::v1::ReplicaService::Service {
  explicit Service(FakeReplicaService* fake) : fake(fake) {}

  grpc::Status StoreReloadHook(grpc::ServerContext*, const internal::v1::StoreReloadHookRequest* request,
                               internal::v1::StoreReloadHookResponse*) override {
    return fake->StoreReloadHook(*request);
  }
  grpc::Status RemoveReloadHook(grpc::ServerContext*, const internal::v1::RemoveReloadHookRequest* request,
                                internal::v1::RemoveReloadHookResponse*) override {
    return fake->RemoveReloadHook(*request);
  }
  grpc::Status ReportReloadEvents(grpc::ServerContext* context, const internal::v1::ReportReloadEventsRequest* request,
                                  internal::v1::ReportReloadEventsResponse* response) override {
    return fake->ReportReloadEvents([context] { return context->IsCancelled(); }, *request, response);
  }
  grpc::Status ListStoredReloadEvents(grpc::ServerContext*, const internal::v1::ListStoredReloadEventsRequest* request,
                                      internal::v1::ListStoredReloadEventsResponse* response) override {
    return fake->ListStoredReloadEvents(request->filter(), response->mutable_events());
  }

  FakeReplicaService* const fake;
};

std::unique_ptr<grpc::Service> FakeReplicaService::NewService() { return std::make_unique<Service>(this); }

std::vector<std::string> FakeReplicaService::StoredHooks() {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, hook] : hooks_) names.push_back(name);
  return names;
}

grpc::Status FakeReplicaService::StoreReloadHook(const internal::v1::StoreReloadHookRequest& request) {
  absl::MutexLock lock(&mutex_);
  const v1::Hook& hook = request.hook();
  const bool is_new = hooks_.count(hook.name()) == 0;
  if (is_new && !request.validate_only()) hooks_.emplace(hook.name(), hook);
  if (is_new) return grpc::Status::OK;
  return grpc::Status(grpc::StatusCode::ALREADY_EXISTS, "hook exists");
}

grpc::Status FakeReplicaService::RemoveReloadHook(const internal::v1::RemoveReloadHookRequest& request) {
  absl::MutexLock lock(&mutex_);
  const bool exists = hooks_.count(request.name()) > 0;
  if (!request.validate_only()) hooks_.erase(request.name());
  if (exists) return grpc::Status::OK;
  return grpc::Status(grpc::StatusCode::NOT_FOUND, "hook not found");
}

std::vector<internal::v1::ReportReloadEventsRequest> FakeReplicaService::reports() {
  absl::MutexLock lock(&mutex_);
  return reports_;
}

bool FakeReplicaService::AwaitReport(
    const std::function<bool(const internal::v1::ReportReloadEventsRequest&)>& wanted) {
  absl::MutexLock lock(&mutex_);
  size_t seen = 0;
  const auto came = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    while (seen < reports_.size() && !wanted(reports_[seen])) ++seen;
    return seen < reports_.size();
  };
  return mutex_.AwaitWithTimeout(absl::Condition(&came), FakeCall::kPatience);
}

std::vector<v1::ReloadEvent> FakeReplicaService::stored_events() {
  std::vector<v1::ReloadEvent> events;
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, event] : events_) events.push_back(event);
  return events;
}

void FakeReplicaService::StoreEvent(const v1::ReloadEvent& event) {
  absl::MutexLock lock(&mutex_);
  Keep(event);
}

void FakeReplicaService::Keep(const v1::ReloadEvent& event) {
  events_.emplace(std::make_tuple(event.replica(), event.boot_id(), event.event_id()), event);
}

void FakeReplicaService::AnswerReports(const grpc::Status& status,
                                       const internal::v1::ReportReloadEventsResponse& response) {
  absl::MutexLock lock(&mutex_);
  report_status_ = status;
  report_response_ = response;
}

void FakeReplicaService::FailEverySecondReport() {
  absl::MutexLock lock(&mutex_);
  fail_every_second_ = true;
}

void FakeReplicaService::RefuseEvent(int64_t event_id) {
  RefuseEvent(event_id, ToGrpcStatus(InvalidArgumentError("events[0]", "is refused")));
}

void FakeReplicaService::RefuseEvent(int64_t event_id, const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  refused_event_id_ = event_id;
  refusal_ = status;
}

void FakeReplicaService::HoldReports(bool held) {
  absl::MutexLock lock(&mutex_);
  reports_released_ = !held;
}

void FakeReplicaService::FailStoredEvents(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  stored_events_status_ = status;
}

grpc::Status FakeReplicaService::ReportReloadEvents(const FakeCall::Cancelled& cancelled,
                                                    const internal::v1::ReportReloadEventsRequest& request,
                                                    internal::v1::ReportReloadEventsResponse* response) {
  absl::MutexLock lock(&mutex_);
  reports_.push_back(request);
  while (!cancelled() && !mutex_.AwaitWithTimeout(absl::Condition(&reports_released_), FakeCall::kLook)) {
  }
  grpc::Status status = Take(request);
  *response = report_response_;
  return status;
}

grpc::Status FakeReplicaService::Take(const internal::v1::ReportReloadEventsRequest& report) {
  if (!report_status_.ok()) return report_status_;
  for (const v1::ReloadEvent& event : report.events()) {
    if (event.event_id() == refused_event_id_) return refusal_;
  }
  const bool fails = fail_every_second_ && reports_.size() % 2 == 0;
  // Of those that fail, each second one does so when it has been kept.
  if (!fails || reports_.size() % 4 == 0) {
    for (const v1::ReloadEvent& event : report.events()) Keep(event);
  }
  return fails ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "each second report fails") : grpc::Status::OK;
}

grpc::Status FakeReplicaService::ListStoredReloadEvents(const v1::ListReloadEventsRequest& request,
                                                        v1::ListReloadEventsResponse* response) {
  absl::MutexLock lock(&mutex_);
  if (!stored_events_status_.ok()) return stored_events_status_;
  std::vector<v1::ReloadEvent> events = NewestFirst(request.trigger_type());
  response->set_total(static_cast<int>(events.size()));
  const size_t limit = request.has_limit() ? request.limit() : 50;
  if (events.size() > limit) events.resize(limit);
  *response->mutable_history() = {events.begin(), events.end()};
  return grpc::Status::OK;
}

std::vector<v1::ReloadEvent> FakeReplicaService::NewestFirst(const std::string& trigger) {
  std::vector<v1::ReloadEvent> events;
  for (const auto& [key, event] : events_) {
    if (trigger.empty() || trigger == event.trigger()) events.push_back(event);
  }
  std::sort(events.begin(), events.end(), [](const v1::ReloadEvent& a, const v1::ReloadEvent& b) {
    return std::make_tuple(-a.timestamp().seconds(), -a.timestamp().nanos(), a.replica(), a.boot_id(), -a.event_id()) <
           std::make_tuple(-b.timestamp().seconds(), -b.timestamp().nanos(), b.replica(), b.boot_id(), -b.event_id());
  });
  return events;
}

}  // namespace toolcatalog
