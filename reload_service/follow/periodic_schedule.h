#ifndef RELOAD_SERVICE_FOLLOW_PERIODIC_SCHEDULE_H_
#define RELOAD_SERVICE_FOLLOW_PERIODIC_SCHEDULE_H_

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/joining_thread.h"
#include "common/steady_cond_var.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Runs a function again and again, on a thread of its own. Between the end of a run and the start of the next lies the
// interval, give or take a tenth at random. Off while the interval is zero. Thread-safe.
class PeriodicSchedule {
 public:
  // `interval` is the configured one; zero = off.
  PeriodicSchedule(std::function<void()> run, absl::Duration interval);
  // Stops, and waits for the run under way.
  ~PeriodicSchedule();

  void Start();
  // Turns it on or off. The interval begins anew. INVALID_ARGUMENT if the interval is out of bounds, is given without
  // `enabled`, or is not given and was never configured or set.
  absl::StatusOr<v1::PeriodicReload> Set(const v1::SetPeriodicReloadRequest& request);
  void Stop();

  // Fills the part of the configuration that is about the schedule.
  void Describe(v1::ReloadStatistics* statistics) const;

 private:
  void Loop();

  const std::function<void()> run_;
  // Only the thread uses it.
  absl::BitGen random_;
  mutable absl::Mutex mutex_;
  // Notified of what ends the wait for the next run.
  SteadyCondVar disturbed_;
  bool enabled_ ABSL_GUARDED_BY(mutex_);
  // As last configured or set; zero = never.
  absl::Duration interval_ ABSL_GUARDED_BY(mutex_);
  // Rises with every `Set`.
  int64_t settings_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  JoiningThread thread_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_PERIODIC_SCHEDULE_H_
