#ifndef RELOAD_SERVICE_HOOKS_HOOK_SENDER_H_
#define RELOAD_SERVICE_HOOKS_HOOK_SENDER_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/steady_time.h"
#include "reload_service/events/reload_history.h"
#include "reload_service/hooks/hook_hosts.h"
#include "reload_service/hooks/hook_queue.h"
#include "reload_service/hooks/http_poster.h"
#include "reload_service/hooks/named_secrets.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Delivers reload events to outbound webhooks. It has a cursor on the history and a bounded queue for each hook. A hook
// gets the events that come after it was added, in order, one at a time. A hook that does not answer delays no other.
// Thread-safe. The history must outlive it.
class HookSender final : public ReloadHistory::Listener {
 public:
  struct Options {
    HookHosts hosts;
    // Secrets that sign deliveries.
    NamedSecrets secrets;
    // Hooks of the configuration file. They have been checked.
    std::vector<v1::Hook> configured;
    int max_attempts = 5;
    // Waits between attempts double from the first to the longest. Each is shortened by up to a half at random.
    absl::Duration first_wait = absl::Seconds(1);
    absl::Duration max_wait = absl::Seconds(60);
    // How many events may wait for one hook. When more come, the oldest are dropped.
    size_t max_queued = 1000;
    size_t max_dead_letters = 1000;
    HttpPoster::Limits limits;
  };

  static std::shared_ptr<HookSender> Start(ReloadHistory* history, const Options& options);
  // Stops.
  ~HookSender() override;

  void OnEvent() override;

  // Sets the hooks that the catalog keeps. Hooks that were there before keep their queues and counts. Hooks that are
  // gone, or have changed, get nothing more of what happened before: it counts as failed. A configured hook hides a
  // stored one of the same name, in any letter case. What this replica has added or removed in the last seconds stays
  // so, because the list may be older.
  void SetStoredHooks(const std::vector<v1::Hook>& hooks);
  // Adds a hook that was just stored in the catalog.
  void AddStoredHook(const v1::Hook& hook);
  // Removes a hook that was just deleted from the catalog.
  void RemoveStoredHook(absl::string_view name);

  // Calls `CheckHook` with the configured hosts and secrets.
  absl::Status Check(const v1::Hook& hook) const;
  // Whether the configuration file has a hook of that name.
  bool IsConfigured(absl::string_view name) const;

  // All hooks, sorted by name.
  std::vector<v1::HookStatus> ListHooks() const;
  // A page of dead letters, newest first. If `hook` is "", it is of all hooks. If `page_token` is "", it is the first
  // page. INVALID_ARGUMENT if the token is of another list.
  absl::StatusOr<v1::ListDeadLettersResponse> ListDeadLetters(absl::string_view hook, int limit,
                                                              const std::string& page_token) const;

  // Sets `hook_deliveries` and `hook_failures`.
  void Describe(v1::ReloadStatistics* statistics) const;

  // Begins no delivery, and waits a moment for those under way. Logs how much was not delivered.
  void Stop();

 private:
  using Queue = std::shared_ptr<HookQueue>;

  HookSender(ReloadHistory* history, const Options& options);

  void Put(const v1::Hook& hook, bool configured) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The hook of this queue is gone or has changed. Drops what waits for it, and counts that.
  void Abandon(const Queue& queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the queue is that of a hook which is still there.
  bool IsCurrent(const Queue& queue) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetOldChanges() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Begins to deliver the queue's next event, if none is being delivered.
  void Deliver(const Queue& queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Schedule(const Queue& queue, SteadyTime when);
  std::optional<HttpPost> Prepare(const Queue& queue);
  // Notes the outcome of an attempt. `is_last` says that no attempt may follow.
  void Settle(const Queue& queue, const absl::Status& status, bool is_last);
  absl::Duration WaitAfter(int attempts) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Bury(v1::DeadLetter letter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ReloadHistory* const history_;
  const Options options_;
  mutable absl::Mutex mutex_;
  int64_t last_event_id_ ABSL_GUARDED_BY(mutex_);
  // By `NameKey` of the hook.
  std::map<std::string, Queue> queues_ ABSL_GUARDED_BY(mutex_);
  // By key, when a hook was added or removed by this replica.
  std::map<std::string, SteadyTime> changes_ ABSL_GUARDED_BY(mutex_);
  // The last dead letters, and what they take.
  std::deque<v1::DeadLetter> dead_letters_ ABSL_GUARDED_BY(mutex_);
  size_t dead_letter_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // How many dead letters there have been, also those that are kept no longer.
  int64_t letters_given_up_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t deliveries_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
  // Last, so that its thread ends before the rest is gone.
  HttpPoster poster_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_HOOK_SENDER_H_
