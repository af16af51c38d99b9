#ifndef CLIENTS_CPP_TESTING_FAKE_REPLICA_SERVICE_H_
#define CLIENTS_CPP_TESTING_FAKE_REPLICA_SERVICE_H_

#include <grpcpp/support/status.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/testing/fake_call.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace toolcatalog {

// The internal service of a fake catalog: stores hooks, and takes reports of reload services. The test reads what came,
// and says how it is answered. Thread-safe.
class FakeReplicaService {
 public:
  // Names of the stored hooks.
  std::vector<std::string> StoredHooks();

  // All ReportReloadEvents calls, in order, however they were answered.
  std::vector<internal::v1::ReportReloadEventsRequest> reports();
  // Whether a report that `wanted` accepts came within 10 s.
  bool AwaitReport(const std::function<bool(const internal::v1::ReportReloadEventsRequest&)>& wanted);
  // The kept events: each event once, by replica, process and id.
  std::vector<v1::ReloadEvent> stored_events();
  // Keeps an event that came in no report.
  void StoreEvent(const v1::ReloadEvent& event);
  // Answers reports with `status` from now on, or with `response` if `status` is OK. Their events are kept if it is OK.
  void AnswerReports(const grpc::Status& status, const internal::v1::ReportReloadEventsResponse& response = {});
  // Each second report fails from now on: in turn before its events are kept, and after.
  void FailEverySecondReport();
  // A report with an event of this id fails: with INVALID_ARGUMENT that names the events, or with this status.
  void RefuseEvent(int64_t event_id);
  void RefuseEvent(int64_t event_id, const grpc::Status& status);
  // While held, reports get no answer, and their events are not kept yet.
  void HoldReports(bool held);

 protected:
  ~FakeReplicaService() = default;

  // The generated service, which calls this object and must not outlive it. Keeps gRPC's headers out of this one, which
  // many tests read.
  std::unique_ptr<grpc::Service> NewService();
  // ListStoredReloadEvents fails with this status until it is OK.
  void FailStoredEvents(const grpc::Status& status);

 private:
  struct Service;

  grpc::Status StoreReloadHook(const internal::v1::StoreReloadHookRequest& request);
  grpc::Status RemoveReloadHook(const internal::v1::RemoveReloadHookRequest& request);
  grpc::Status ReportReloadEvents(const FakeCall::Cancelled& cancelled,
                                  const internal::v1::ReportReloadEventsRequest& request,
                                  internal::v1::ReportReloadEventsResponse* response);
  grpc::Status ListStoredReloadEvents(const v1::ListReloadEventsRequest& request,
                                      v1::ListReloadEventsResponse* response);
  // Keeps the events of a report, unless the test wants the report to fail.
  grpc::Status Take(const internal::v1::ReportReloadEventsRequest& report) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(const v1::ReloadEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The kept events with this trigger, the newest first; "" means any trigger.
  std::vector<v1::ReloadEvent> NewestFirst(const std::string& trigger) ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::map<std::string, v1::Hook> hooks_ ABSL_GUARDED_BY(mutex_);
  std::vector<internal::v1::ReportReloadEventsRequest> reports_ ABSL_GUARDED_BY(mutex_);
  // By replica, process and id.
  std::map<std::tuple<std::string, std::string, int64_t>, v1::ReloadEvent> events_ ABSL_GUARDED_BY(mutex_);
  grpc::Status report_status_ ABSL_GUARDED_BY(mutex_);
  internal::v1::ReportReloadEventsResponse report_response_ ABSL_GUARDED_BY(mutex_);
  bool fail_every_second_ ABSL_GUARDED_BY(mutex_) = false;
  // No event has the id 0.
  int64_t refused_event_id_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::Status refusal_ ABSL_GUARDED_BY(mutex_);
  bool reports_released_ ABSL_GUARDED_BY(mutex_) = true;
  grpc::Status stored_events_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_TESTING_FAKE_REPLICA_SERVICE_H_
