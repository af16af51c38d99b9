#ifndef RELOAD_SERVICE_EVENTS_RELOAD_RECORDER_H_
#define RELOAD_SERVICE_EVENTS_RELOAD_RECORDER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/steady_cond_var.h"
#include "common/steady_time.h"
#include "reload_service/cache/reload_batch.h"
#include "reload_service/events/handler_registry.h"
#include "reload_service/events/reload_events.h"
#include "reload_service/events/reload_history.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// The second stage of every reload. One thread calls the handlers, records the events, and tells them to those who
// wait, in the order of the reloads; so handlers never delay the profiles. When handlers are too slow, reloads pass
// them by, and the events say so. No event is lost. Thread-safe. Handlers and history must outlive it.
class ReloadRecorder {
 public:
  ReloadRecorder(HandlerRegistry* handlers, ReloadHistory* history, Clock clock);
  // Stops the handlers and records what is there.
  ~ReloadRecorder();

  // Adds a reload and its events, of which there may be none. A reload whose `batch` is null is not shown to handlers.
  // Does not block.
  void Add(std::shared_ptr<const ReloadBatch> batch, std::vector<PendingEvent> events);
  // Records that the reloads of these waiters failed, and tells those who read; the cache has applied `revision`.
  void Fail(const std::vector<ReloadWaiter>& waiters, const absl::Status& status, int64_t revision);
  // Waits until everything that was added has been recorded. False if that is not so by `deadline`.
  bool Flush(SteadyTime deadline);

 private:
  struct Work {
    std::shared_ptr<const ReloadBatch> batch;
    size_t bytes = 0;
    // Whether the reload passes the handlers by.
    bool skipped = false;
    SteadyTime added;
    std::vector<PendingEvent> events;
  };

  void Run();
  void Finish(Work& work);
  void RunHandlers(const Work& work, v1::ReloadEvent* event);
  void Record(PendingEvent* pending);

  HandlerRegistry* const handlers_;
  ReloadHistory* const history_;
  const Clock clock_;
  absl::Mutex mutex_;
  // Notified when nothing is left to record.
  SteadyCondVar idle_;
  std::deque<Work> queue_ ABSL_GUARDED_BY(mutex_);
  // Of the batches in the queue.
  size_t batches_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_RELOAD_RECORDER_H_
