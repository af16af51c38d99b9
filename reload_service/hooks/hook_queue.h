#ifndef RELOAD_SERVICE_HOOKS_HOOK_QUEUE_H_
#define RELOAD_SERVICE_HOOKS_HOOK_QUEUE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "reload_service/hooks/hook_hosts.h"
#include "reload_service/hooks/http_poster.h"
#include "reload_service/hooks/named_secrets.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// The events that wait for delivery to one hook, in order, and counts of the events that were settled. An event waits
// only as long as the history keeps it, so that what waits for all hooks has the history's bound in bytes. Not
// thread-safe.
class HookQueue {
 public:
  using Event = std::shared_ptr<const v1::ReloadEvent>;

  // If `fit` is an error, the hook takes no events, and its description shows the error.
  HookQueue(const v1::Hook& hook, bool configured, const absl::Status& fit, size_t max_queued);

  const v1::Hook& hook() const { return hook_; }
  // Whether the hook comes from the configuration file.
  bool configured() const { return configured_; }
  // The hook, how many events wait, and what became of the others.
  v1::HookStatus Describe() const;

  // Queues the event if it passes the hook's filter. When too many wait, the oldest goes that is not being delivered.
  // Returns how many events were dropped.
  int Push(const Event& event);

  // Drops the events that wait, but for the one that is being delivered. Returns how many they are.
  int DropWaiting();

  // Drops the oldest events, as far as the history has forgotten them. Returns how many they are.
  int DropForgotten();

  // Begins with the next event, which is the current one until it is settled. False if there is none, or one is being
  // delivered.
  bool BeginDelivery();
  // The event that is being delivered.
  Event current() const { return current_; }
  // Settles a delivery that succeeded.
  void Succeed();
  // Notes a failed attempt. After `max_attempts` the event is removed and returned as a dead letter; before, it stays
  // to be tried again.
  std::optional<v1::DeadLetter> Fail(const absl::Status& status, int max_attempts, absl::Time now);

  // Attempts at the current event.
  int attempts() const { return attempts_; }
  // How many events wait or are being delivered.
  size_t size() const { return events_.size() + (current_ == nullptr ? 0 : 1); }

 private:
  bool Passes(const v1::ReloadEvent& event) const;

  const v1::Hook hook_;
  const bool configured_;
  const bool fit_;
  const size_t max_queued_;
  std::deque<std::weak_ptr<const v1::ReloadEvent>> events_;
  Event current_;
  int attempts_ = 0;
  int64_t delivered_ = 0;
  int64_t failed_ = 0;
  int64_t dropped_ = 0;
  std::string last_error_;
};

// The request that delivers an event to a hook. Its body is the event's JSON, as over REST. If the hook has a secret,
// the request is signed like an inbound webhook. The hook is checked once more, with the errors of `CheckHook`.
absl::StatusOr<HttpPost> MakeDelivery(const v1::Hook& hook, const v1::ReloadEvent& event, const HookHosts& hosts,
                                      const NamedSecrets& secrets, absl::Time now);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_HOOK_QUEUE_H_
