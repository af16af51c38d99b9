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
#include "reload_service/cache/profile_cache.h"

namespace toolcatalog {

// What every batch passes on its way into the profile cache: one at a time, and none while the replica is frozen.
// Thread-safe. The cache must outlive it.
class ApplyGate {
 public:
  struct Freeze {
    absl::Time since;
    std::string reason;
  };

  // The right to apply a batch; waits until no other batch is being applied. The cache works without a lock held.
  class Turn {
   public:
    explicit Turn(ApplyGate* gate);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // Whether nothing may be applied.
    bool frozen() const { return freeze_.has_value(); }
    // FAILED_PRECONDITION that says since when and why, if so.
    absl::Status status() const { return Describe(freeze_); }

   private:
    ApplyGate* const gate_;
    std::optional<Freeze> freeze_;
  };

  explicit ApplyGate(const ProfileCache* cache) : cache_(cache) {}

  // Freezes from `now` on, or, if that is so already, changes the reason. Waits for the batch under way: nothing is
  // applied once this has returned. Whether it changed anything.
  bool Close(const std::string& reason, absl::Time now);
  // Ends the freeze, and returns it.
  std::optional<Freeze> Open();
  std::optional<Freeze> freeze() const;
  // Whether it is frozen; takes no lock, for reads of profiles.
  bool is_frozen() const { return is_frozen_.load(std::memory_order_acquire); }
  // FAILED_PRECONDITION that says since when and why, while frozen.
  absl::Status CheckOpen() const;

  // Whether the cache has applied `revision` by `deadline`. Does not wait once stopped or frozen.
  bool AwaitRevision(int64_t revision, absl::Time deadline) const;
  // Ends all waiting for revisions.
  void Stop();

 private:
  static absl::Status Describe(const std::optional<Freeze>& freeze);

  const ProfileCache* const cache_;
  mutable absl::Mutex mutex_;
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
