#ifndef RELOAD_SERVICE_FOLLOW_APPLY_GATE_H_
#define RELOAD_SERVICE_FOLLOW_APPLY_GATE_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/steady_cond_var.h"
#include "common/steady_time.h"
#include "reload_service/cache/profile_cache.h"

namespace toolcatalog {

// Every batch passes this gate on its way into the profile cache. The gate lets one batch through at a time, and none
// while the replica is frozen. Thread-safe. The cache must outlive it.
class ApplyGate {
 public:
  struct Freeze {
    absl::Time since;
    std::string reason;
  };

  // The right to apply a batch. The constructor waits until no other batch is being applied. No lock is held during the
  // turn.
  class Turn {
   public:
    explicit Turn(ApplyGate* gate);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // Whether nothing may be applied.
    bool frozen() const { return freeze_.has_value(); }
    // FAILED_PRECONDITION that says since when and why nothing may be applied, else OK.
    absl::Status status() const { return Describe(freeze_); }

   private:
    ApplyGate* const gate_;
    std::optional<Freeze> freeze_;
  };

  explicit ApplyGate(const ProfileCache* cache) : cache_(cache) {}

  // Freezes from `now` on. If it is frozen already, changes the reason. Waits for the batch under way: nothing is
  // applied once this has returned. Returns whether it changed anything.
  bool Close(const std::string& reason, absl::Time now);
  // Ends the freeze and returns it; nullopt = there was none.
  std::optional<Freeze> Open();
  std::optional<Freeze> freeze() const;
  // Whether it is frozen. Takes no lock, so that reads of profiles may ask.
  bool is_frozen() const { return is_frozen_.load(std::memory_order_acquire); }
  // FAILED_PRECONDITION that says since when and why it is frozen, else OK.
  absl::Status CheckOpen() const;

  // Waits until the cache has applied `revision`. False if that is not so by `deadline`, once stopped, or while frozen.
  bool AwaitRevision(int64_t revision, SteadyTime deadline) const;
  // Ends all waiting for revisions.
  void Stop();

 private:
  static absl::Status Describe(const std::optional<Freeze>& freeze);

  const ProfileCache* const cache_;
  mutable absl::Mutex mutex_;
  // Notified of what ends a wait for a revision.
  mutable SteadyCondVar moved_;
  // Whether no batch is being applied.
  bool is_free_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<Freeze> freeze_ ABSL_GUARDED_BY(mutex_);
  // Whether there is a `freeze_`.
  std::atomic<bool> is_frozen_ = false;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_APPLY_GATE_H_
