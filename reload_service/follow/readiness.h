#ifndef RELOAD_SERVICE_FOLLOW_READINESS_H_
#define RELOAD_SERVICE_FOLLOW_READINESS_H_

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/joining_thread.h"
#include "common/steady_cond_var.h"
#include "reload_service/cache/profile_cache.h"

namespace toolcatalog {

// Decides whether the replica is ready to serve, and tells when that changes. The replica is ready from the first
// snapshot on, as long as the cache has been current within `max_staleness`. A frozen replica stays ready however old
// its profiles become, because an operator has decided so. One thread looks ten times a second, and whenever it is
// woken. Thread-safe. The cache must outlive it.
class Readiness {
 public:
  struct Parts {
    const ProfileCache* cache;
    std::function<bool()> is_frozen;
    // Called on the thread, without a lock held, when the answer changes. At first the replica is not ready.
    std::function<void(bool)> set_ready;
    // Must be the cache's clock.
    SteadyClock clock;
    absl::Duration max_staleness;
  };
  explicit Readiness(Parts parts) : parts_(std::move(parts)) {}
  // Stops.
  ~Readiness() { Stop(); }

  // Starts the thread; call once.
  void Start();
  // Makes the thread look now.
  void Wake();
  // Joins the thread; nothing is told afterwards.
  void Stop();

 private:
  void Run();
  // Calls `set_ready` if the answer has changed.
  void Look();
  bool IsReady() const;
  // Returns false when it is time to stop.
  bool AwaitNextLook();

  const Parts parts_;
  // What `set_ready` was told last. Only the thread uses it.
  bool ready_ = false;
  absl::Mutex mutex_;
  SteadyCondVar called_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  JoiningThread thread_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_READINESS_H_
