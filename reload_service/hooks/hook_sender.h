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
#include "reload_service/events/reload_history.h"
#include "reload_service/hooks/hook_hosts.h"
#include "reload_service/hooks/hook_queue.h"
#include "reload_service/hooks/http_poster.h"
#include "reload_service/hooks/named_secrets.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Delivers reload events to outbound webhooks: a cursor on the history with a bounded queue for each hook. A hook gets
// its events in order, one at a time, those from when it was added on; one that does not answer delays no other.
// Thread-safe. The history must outlive it.
class HookSender final : public ReloadHistory::Listener {
 public:
  struct Options {
    HookHosts hosts;
    // That sign deliveries.
    NamedSecrets secrets;
    // Hooks that are always there, checked already.
    std::vector<v1::Hook> configured;
    int max_attempts = 5;
    // Waits between attempts double from the first to the longest; each is shortened by up to a half at random.
    absl::Duration first_wait = absl::Seconds(1);
    absl::Duration max_wait = absl::Seconds(60);
    // Events that may wait for one hook; then the oldest are dropped.
    size_t max_queued = 1000;
    size_t max_dead_letters = 1000;
    HttpPoster::Limits limits;
  };

  static std::shared_ptr<HookSender> Start(ReloadHistory* history, const Options& options);
  // Stops.
  ~HookSender() override;

  void OnEvent() override;

  // The hooks that the catalog keeps. Those that were there before keep their queues and counts; those that are gone
  // stop at once. A configured hook hides a stored one of the same name, in any case. What this replica has itself
  // added or removed in the last seconds stays so: the list may be older.
  void SetStoredHooks(const std::vector<v1::Hook>& hooks);
  // Add and remove one that was just stored in, or deleted from, the catalog.
  void AddStoredHook(const v1::Hook& hook);
  void RemoveStoredHook(absl::string_view name);

  // As CheckHook, with the configured hosts and secrets.
  absl::Status Check(const v1::Hook& hook) const;
  // Whether the configuration file has a hook of that name.
  bool IsConfigured(absl::string_view name) const;

  // By name.
  std::vector<v1::HookStatus> ListHooks() const;
  // A page of dead letters, newest first; hook "" = of all hooks, token "" = the first page. INVALID_ARGUMENT for the
  // token of another list.
  absl::StatusOr<v1::ListDeadLettersResponse> ListDeadLetters(absl::string_view hook, int limit,
                                                              const std::string& page_token) const;

  // Sets `hook_deliveries` and `hook_failures`.
  void Describe(v1::ReloadStatistics* statistics) const;

  // Delivers nothing more; what is under way gets a moment. Logs what was not delivered.
  void Stop();

 private:
  using Queue = std::shared_ptr<HookQueue>;

  HookSender(ReloadHistory* history, const Options& options);

  void Put(const v1::Hook& hook, bool configured) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the queue is that of a hook which is still there.
  bool IsCurrent(const Queue& queue) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetOldChanges() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Begins with the queue's next event, if it is idle.
  void Deliver(const Queue& queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Schedule(const Queue& queue, absl::Time when);
  std::optional<HttpPost> Prepare(const Queue& queue);
  // The outcome of an attempt; the last one, if it can have no other.
  void Settle(const Queue& queue, const absl::Status& status, bool is_last);
  absl::Duration WaitAfter(int attempts) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Bury(v1::DeadLetter letter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ReloadHistory* const history_;
  const Options options_;
  mutable absl::Mutex mutex_;
  int64_t last_event_id_ ABSL_GUARDED_BY(mutex_);
  // By `NameKey` of the hook.
  std::map<std::string, Queue> queues_ ABSL_GUARDED_BY(mutex_);
  // When the hook of that key was added or removed here.
  std::map<std::string, absl::Time> changes_ ABSL_GUARDED_BY(mutex_);
  // The last ones.
  std::deque<v1::DeadLetter> dead_letters_ ABSL_GUARDED_BY(mutex_);
  // How many there have been, those that are kept no longer included.
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
