#ifndef RELOAD_SERVICE_EVENTS_HANDLER_REGISTRY_H_
#define RELOAD_SERVICE_EVENTS_HANDLER_REGISTRY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "reload_service/cache/reload_batch.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// One reload as a handler gets it, after the profile cache has applied it.
struct Reload {
  // What the reload brought; never null.
  std::shared_ptr<const ReloadBatch> batch;
  // The event as known so far: without this handler, those after it, and its end.
  v1::ReloadEvent event;
  // Number of batches directly before this one that this handler was not called for.
  int64_t missed = 0;
};

// A function that follows reloads. It is called with one reload at a time, in their order. An error, or an exception,
// is recorded in the event. What the function refers to must live until the call returns. If the call hangs, that may
// be after the service has ended.
using ReloadHandler = std::function<absl::Status(const std::shared_ptr<const Reload>& reload)>;

// The handlers of reloads, in the order in which they were registered. Each runs on a thread of its own: a handler that
// throws, fails or hangs does not keep the others from running. Thread-safe; `Run` and `SkipAll` are called by one
// thread at a time.
class HandlerRegistry {
 public:
  HandlerRegistry() = default;
  // Stops.
  ~HandlerRegistry();

  // Adds a handler. ALREADY_EXISTS if the name is taken, as "profile_cache" always is. INVALID_ARGUMENT if the name is
  // empty, the handler is missing, or the limit is not positive or is above 5 s. UNAVAILABLE once stopped.
  absl::Status Register(std::string name, ReloadHandler handler, absl::Duration time_limit);
  bool empty() const;

  // Calls every handler and adds its outcome to `event`. A handler that takes longer than its limit goes on alone, and
  // is not called again until it has ended. `late` says that reloads wait because handlers are slow: then the slow
  // handlers are not called, and the outcomes say so.
  void Run(const std::shared_ptr<const ReloadBatch>& batch, bool late, v1::ReloadEvent* event);
  // Calls no handler: each misses a batch, and the outcomes say so.
  void SkipAll(v1::ReloadEvent* event);

  // Calls no handler from now on, and waits a short time for those that run. A handler that hangs is left behind with
  // its thread.
  void Stop();

 private:
  class Worker;

  void Skip(Worker& worker, v1::ReloadEvent* event);
  std::vector<std::shared_ptr<Worker>> workers() const;

  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<Worker>> workers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_HANDLER_REGISTRY_H_
