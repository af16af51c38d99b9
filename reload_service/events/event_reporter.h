#ifndef RELOAD_SERVICE_EVENTS_EVENT_REPORTER_H_
#define RELOAD_SERVICE_EVENTS_EVENT_REPORTER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/joining_thread.h"
#include "common/steady_time.h"
#include "reload_service/events/reload_history.h"
#include "reload_service/events/replica_client.h"
#include "reload_service/events/replica_statistics.h"
#include "reload_service/events/reporter_bell.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Reports the events of this process to the catalog, and how the replica stands. One thread does so, with a cursor on
// the history. An event is reported again until the catalog has confirmed it. Events that the history forgets before
// that are counted, and the next event that is reported tells how many. Thread-safe. What it is given must outlive it.
class EventReporter {
 public:
  struct Timing {
    // Between two reports of events, unless many wait.
    absl::Duration pace = absl::Milliseconds(200);
    // Between two reports without events.
    absl::Duration heartbeat = absl::Seconds(1);
    // Between attempts while the catalog does not answer, less up to a half at random.
    absl::Duration min_backoff = absl::Milliseconds(100);
    absl::Duration max_backoff = absl::Seconds(1);
    // How long the catalog may take to answer.
    absl::Duration timeout = absl::Seconds(2);
    // How long `Stop` may take.
    absl::Duration last_word = absl::Seconds(1);
  };
  // What the reporter asks and tells. These functions are called on its thread and must not block.
  struct Surroundings {
    // Global revision that the cache has applied.
    std::function<int64_t()> applied_revision;
    // Why the replica is frozen; "" = it is not frozen, or nobody said why.
    std::function<std::string()> freeze_reason;
    // Told if the replica's process before this one was frozen when it last reported.
    std::function<void(const v1::Replica&)> on_freeze_ended;
    // Told all stored outbound webhooks with each answer of the catalog.
    std::function<void(const google::protobuf::RepeatedPtrField<v1::Hook>&)> on_hooks;
  };
  // How far the reports have come.
  struct Progress {
    // The events up to this one need no further report: they were reported or dropped.
    int64_t settled_event_id = 0;
    // How many of these, the last ones, were dropped without the catalog's knowing.
    int64_t missing = 0;
  };

  EventReporter(const std::shared_ptr<grpc::Channel>& catalog, ReloadHistory* history,
                const ReplicaStatistics* statistics, Surroundings surroundings, const Timing& timing);
  // Stops.
  ~EventReporter();

  void Start();
  // Reports what is left and that the process stops. It takes a bounded time, so the report may not reach the catalog.
  void Stop();

  Progress progress() const;
  // Fills the identity, `events_dropped` and `catalog_revision`, and computes `lag` from `applied_revision`.
  void Describe(v1::ReloadStatistics* statistics) const;

 private:
  using Answer = ReporterBell::Answer;

  void Run();
  // Waits until there is something to report. False if the thread must stop.
  bool AwaitNews();
  bool HasNews();
  // Reports once. Returns whether the catalog took the report.
  bool Report(bool stopping, absl::Duration timeout);
  void ReportLast();
  internal::v1::ReportReloadEventsRequest NextReport(bool stopping);
  // Moves the cursor past events that the history has forgotten, which `first` follows.
  void CountDropped(const v1::ReloadEvent& first);
  v1::Replica DescribeReplica();
  Answer Send(internal::v1::ReportReloadEventsRequest request, absl::Duration timeout);
  void OnAnswer(const internal::v1::ReportReloadEventsRequest& request,
                const internal::v1::ReportReloadEventsResponse& response);
  void OnFailure(const internal::v1::ReportReloadEventsRequest& request, const absl::Status& status);
  // Halves the next report because the catalog may refuse one of these events. When the event is alone, drops it, or
  // first finds out with a report without events whether the event is the reason.
  void Narrow(const internal::v1::ReportReloadEventsRequest& request, const absl::Status& status);

  ReloadHistory* const history_;
  const ReplicaStatistics* const statistics_;
  const Surroundings surroundings_;
  const Timing timing_;
  const std::shared_ptr<ReporterBell> bell_;

  // Only the thread uses these.
  absl::BitGen random_;
  absl::Duration backoff_;
  bool connected_ = true;
  bool answered_ = false;
  bool told_of_freeze_ = false;
  bool superseded_ = false;
  // How many events a report may have: fewer after a report that the catalog refused.
  size_t max_events_;
  // The event that was last refused alone without being named; 0 = none.
  int64_t suspect_ = 0;
  // Whether the next report has no events, to see whether it is refused too.
  bool is_probe_ = false;
  // No report is sent before this,
  SteadyTime not_before_;
  // and one is sent then at the latest.
  SteadyTime heartbeat_due_;
  int64_t reported_revision_ = -1;
  int64_t applied_revision_ = -1;
  absl::Time applied_at_;

  mutable absl::Mutex mutex_;
  Progress progress_ ABSL_GUARDED_BY(mutex_);
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t catalog_revision_ ABSL_GUARDED_BY(mutex_) = 0;

  JoiningThread thread_;
  // Last, so that its callbacks end before the rest is gone.
  ReplicaClient client_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_EVENT_REPORTER_H_
