#ifndef RELOAD_SERVICE_EVENTS_REPORTER_BELL_H_
#define RELOAD_SERVICE_EVENTS_REPORTER_BELL_H_

#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/steady_cond_var.h"
#include "common/steady_time.h"
#include "reload_service/events/reload_history.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"

namespace toolcatalog {

// What the thread of an event reporter waits for: events, answers of the catalog, and the end. The history and the
// calls keep it while they may ring. Thread-safe.
class ReporterBell final : public ReloadHistory::Listener {
 public:
  using Answer = absl::StatusOr<internal::v1::ReportReloadEventsResponse>;
  // Where the answer of a call goes.
  using Slot = std::optional<Answer>;

  void OnEvent() override;

  // `last_word` is how long the thread may go on.
  void Stop(absl::Duration last_word);
  SteadyTime end() const;
  // Whether it must stop, by then.
  bool AwaitStop(SteadyTime deadline) const;
  // The same, but an event ends it too.
  bool AwaitEvent(SteadyTime deadline);

  void Put(Slot* slot, Answer answer);
  // Waits for the answer, which comes because each call has a deadline. Once the thread must stop, it waits for half of
  // the time that is left.
  Answer AwaitAnswer(Slot* slot);

 private:
  mutable absl::Mutex mutex_;
  mutable SteadyCondVar called_;
  bool rung_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  SteadyTime end_ ABSL_GUARDED_BY(mutex_) = SteadyTime::InfiniteFuture();
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_REPORTER_BELL_H_
