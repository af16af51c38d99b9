#include "reload_service/hooks/hook_sender.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/definition/definition.h"
#include "common/log.h"
#include "common/page_token.h"
#include "common/status.h"
#include "common/steady_time.h"
#include "google/protobuf/util/message_differencer.h"
#include "reload_service/hooks/hook_queue.h"
#include "reload_service/hooks/hook_rules.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

// How long a list of the catalog's may be on its way.
constexpr absl::Duration kMaxListAge = absl::Seconds(10);
constexpr size_t kMaxDeadLetterBytes = 8 << 20;

}  // namespace

std::shared_ptr<HookSender> HookSender::Start(ReloadHistory* history, const Options& options) {
  std::shared_ptr<HookSender> sender(new HookSender(history, options));
  history->Subscribe(sender);
  // What was recorded before the subscription was not told.
  sender->OnEvent();
  return sender;
}

HookSender::HookSender(ReloadHistory* history, const Options& options)
    : history_(history), options_(options), last_event_id_(history->last_event_id()), poster_(options.limits) {
  absl::MutexLock lock(&mutex_);
  for (const v1::Hook& hook : options_.configured) Put(hook, true);
}

HookSender::~HookSender() { Stop(); }

void HookSender::OnEvent() {
  absl::MutexLock lock(&mutex_);
  while (const ReloadHistory::Event event = history_->NextAfter(last_event_id_)) {
    last_event_id_ = event->event_id();
    for (const auto& [key, queue] : queues_) {
      failures_ += queue->Push(event);
      Deliver(queue);
    }
  }
}

void HookSender::Put(const v1::Hook& hook, bool configured) {
  Queue& queue = queues_[NameKey(hook.name())];
  const bool is_same = queue != nullptr && queue->configured() == configured &&
                       google::protobuf::util::MessageDifferencer::Equals(queue->hook(), hook);
  if (is_same) return;
  if (queue != nullptr) Abandon(queue);
  queue = std::make_shared<HookQueue>(hook, configured, Check(hook), options_.max_queued);
}

void HookSender::SetStoredHooks(const std::vector<v1::Hook>& hooks) {
  absl::MutexLock lock(&mutex_);
  ForgetOldChanges();
  std::set<std::string> stored;
  for (const v1::Hook& hook : hooks) {
    const std::string key = NameKey(hook.name());
    stored.insert(key);
    if (!IsConfigured(key) && changes_.count(key) == 0) Put(hook, false);
  }
  for (auto queue = queues_.begin(); queue != queues_.end();) {
    const std::string& key = queue->first;
    const bool stays = stored.count(key) > 0 || IsConfigured(key) || changes_.count(key) > 0;
    if (!stays) Abandon(queue->second);
    queue = stays ? std::next(queue) : queues_.erase(queue);
  }
}

void HookSender::Abandon(const Queue& queue) {
  const int lost = queue->DropWaiting();
  failures_ += lost;
  if (lost > 0) {
    LogWarning("hook events dropped: the hook is gone or has changed",
               {{"hook", queue->hook().name()}, {"events", lost}});
  }
}

void HookSender::AddStoredHook(const v1::Hook& hook) {
  const std::string key = NameKey(hook.name());
  absl::MutexLock lock(&mutex_);
  if (IsConfigured(key)) return;
  changes_[key] = SteadyTime::Now();
  Put(hook, false);
}

void HookSender::RemoveStoredHook(absl::string_view name) {
  const std::string key = NameKey(name);
  absl::MutexLock lock(&mutex_);
  if (IsConfigured(key)) return;
  changes_[key] = SteadyTime::Now();
  const auto found = queues_.find(key);
  if (found == queues_.end()) return;
  Abandon(found->second);
  queues_.erase(found);
}

void HookSender::ForgetOldChanges() {
  const SteadyTime now = SteadyTime::Now();
  for (auto change = changes_.begin(); change != changes_.end();) {
    change = now - change->second > kMaxListAge ? changes_.erase(change) : std::next(change);
  }
}

absl::Status HookSender::Check(const v1::Hook& hook) const {
  return CheckHook("hook", hook, options_.hosts, options_.secrets);
}

bool HookSender::IsConfigured(absl::string_view name) const {
  return std::any_of(options_.configured.begin(), options_.configured.end(),
                     [&](const v1::Hook& hook) { return NameKey(hook.name()) == NameKey(name); });
}

std::vector<v1::HookStatus> HookSender::ListHooks() const {
  absl::MutexLock lock(&mutex_);
  std::vector<v1::HookStatus> hooks;
  for (const auto& [key, queue] : queues_) hooks.push_back(queue->Describe());
  return hooks;
}

absl::StatusOr<v1::ListDeadLettersResponse> HookSender::ListDeadLetters(absl::string_view hook, int limit,
                                                                        const std::string& page_token) const {
  const std::string key = NameKey(hook), query = absl::StrCat("dead letters ", key);
  // Letters have consecutive numbers, and a page begins below the number in its token.
  int64_t below = std::numeric_limits<int64_t>::max();
  if (!page_token.empty()) {
    const absl::StatusOr<std::string> place = DecodePageToken(query, page_token);
    if (!place.ok()) return place.status();
    if (!absl::SimpleAtoi(*place, &below)) return InvalidArgumentError("page_token", "must be a next_page_token");
  }
  v1::ListDeadLettersResponse response;
  int total = 0;
  int64_t last_shown = 0;
  absl::MutexLock lock(&mutex_);
  int64_t number = letters_given_up_;
  for (auto letter = dead_letters_.rbegin(); letter != dead_letters_.rend(); ++letter, --number) {
    if (!key.empty() && NameKey(letter->hook()) != key) continue;
    ++total;
    if (number >= below) continue;
    if (response.dead_letters_size() < limit) {
      *response.add_dead_letters() = *letter;
      last_shown = number;
    } else {
      response.set_next_page_token(EncodePageToken(query, absl::StrCat(last_shown)));
    }
  }
  response.set_total(total);
  return response;
}

void HookSender::Describe(v1::ReloadStatistics* statistics) const {
  absl::MutexLock lock(&mutex_);
  statistics->set_hook_deliveries(deliveries_);
  statistics->set_hook_failures(failures_);
}

void HookSender::Stop() {
  history_->Unsubscribe(this);
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  poster_.Stop();
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, queue] : queues_) {
    if (queue->size() == 0) continue;
    LogWarning("hook events lost at the end", {{"hook", queue->hook().name()}, {"events", queue->size()}});
  }
}

bool HookSender::IsCurrent(const Queue& queue) const {
  const auto found = queues_.find(NameKey(queue->hook().name()));
  return found != queues_.end() && found->second == queue;
}

void HookSender::Deliver(const Queue& queue) {
  failures_ += queue->DropForgotten();
  if (queue->BeginDelivery()) Schedule(queue, SteadyTime::InfinitePast());
}

void HookSender::Schedule(const Queue& queue, SteadyTime when) {
  poster_.Schedule(
      when, [this, queue] { return Prepare(queue); },
      [this, queue](const absl::Status& status) { Settle(queue, status, false); });
}

std::optional<HttpPost> HookSender::Prepare(const Queue& queue) {
  HookQueue::Event event;
  bool is_current;
  {
    absl::MutexLock lock(&mutex_);
    event = queue->current();
    is_current = IsCurrent(queue);
  }
  if (!is_current) {
    Settle(queue, absl::CancelledError("the hook is gone or has changed"), true);
    return std::nullopt;
  }
  absl::StatusOr<HttpPost> post = MakeDelivery(queue->hook(), *event, options_.hosts, options_.secrets, absl::Now());
  if (post.ok()) return *std::move(post);
  Settle(queue, post.status(), true);
  return std::nullopt;
}

void HookSender::Settle(const Queue& queue, const absl::Status& status, bool is_last) {
  absl::MutexLock lock(&mutex_);
  if (status.ok()) {
    ++deliveries_;
    queue->Succeed();
  } else {
    // What the end of the process interrupts is not tried again, and not given up: it is lost.
    if (stopping_) return;
    const bool may_try_again = !is_last && IsCurrent(queue);
    auto letter = queue->Fail(status, may_try_again ? options_.max_attempts : 1, absl::Now());
    if (!letter.has_value()) {
      Schedule(queue, SteadyTime::Now() + WaitAfter(queue->attempts()));
      return;
    }
    Bury(*std::move(letter));
  }
  if (IsCurrent(queue)) Deliver(queue);
}

absl::Duration HookSender::WaitAfter(int attempts) {
  absl::Duration wait = options_.first_wait;
  for (int i = 1; i < attempts && wait < options_.max_wait; ++i) wait *= 2;
  return std::min(wait, options_.max_wait) * absl::Uniform(random_, 0.5, 1.0);
}

void HookSender::Bury(v1::DeadLetter letter) {
  ++failures_;
  LogWarning("hook delivery given up", {{"hook", letter.hook()},
                                        {"event_id", letter.event().event_id()},
                                        {"attempts", letter.attempts()},
                                        {"error", letter.error()}});
  dead_letter_bytes_ += letter.SpaceUsedLong();
  dead_letters_.push_back(std::move(letter));
  ++letters_given_up_;
  while (dead_letters_.size() > options_.max_dead_letters || dead_letter_bytes_ > kMaxDeadLetterBytes) {
    dead_letter_bytes_ -= dead_letters_.front().SpaceUsedLong();
    dead_letters_.pop_front();
  }
}

}  // namespace toolcatalog
