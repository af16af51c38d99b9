#include "reload_service/follow/tool_fetcher.h"

#include <utility>

#include "absl/time/clock.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

ToolFetcher::ToolFetcher(const std::shared_ptr<grpc::Channel>& channel, ProfileCache* cache, absl::Duration timeout,
                         std::function<void(CompletedFetch)> complete)
    : cache_(cache), timeout_(timeout), complete_(std::move(complete)), client_(channel) {}

bool ToolFetcher::Join(const std::string& key, int64_t not_before, ReloadWaiter* waiter) {
  auto found = flights_.find(key);
  if (found == flights_.end()) return false;
  Flight& flight = found->second;
  auto& waiters = flight.sequence > not_before ? flight.waiters : flight.next_waiters;
  waiters.push_back(std::move(*waiter));
  return true;
}

void ToolFetcher::Fetch(const std::string& key, int64_t not_before, ReloadWaiter waiter) {
  const int64_t sequence = cache_->NextSequence();
  {
    absl::MutexLock lock(&mutex_);
    if (Join(key, not_before, &waiter)) return;
    flights_[key] = {sequence, {std::move(waiter)}, {}};
  }
  Ask(key);
}

void ToolFetcher::FetchInvalid(const std::string& key, int64_t invalid_mark, ReloadWaiter waiter) {
  {
    absl::MutexLock lock(&mutex_);
    if (Join(key, invalid_mark, &waiter)) return;
  }
  // The fetch that this one would have joined may just have been applied.
  if (cache_->Get(key).invalid_mark < invalid_mark) return waiter.done(v1::ReloadEvent());
  Fetch(key, invalid_mark, std::move(waiter));
}

std::vector<ReloadWaiter> ToolFetcher::Settle(const std::string& key) {
  const int64_t next_sequence = cache_->NextSequence();
  std::vector<ReloadWaiter> waiters;
  {
    absl::MutexLock lock(&mutex_);
    auto flight = flights_.find(key);
    waiters = std::move(flight->second.waiters);
    if (flight->second.next_waiters.empty()) {
      flights_.erase(flight);
      return waiters;
    }
    flight->second = {next_sequence, std::move(flight->second.next_waiters), {}};
  }
  Ask(key);
  return waiters;
}

void ToolFetcher::Ask(const std::string& key) {
  client_.GetTool(key, absl::Now() + timeout_,
                  [this, key](absl::StatusOr<v1::GetToolResponse> response) { Finish(key, std::move(response)); });
}

void ToolFetcher::Finish(const std::string& key, absl::StatusOr<v1::GetToolResponse> response) {
  CompletedFetch completed{key, std::move(response), 0};
  {
    absl::MutexLock lock(&mutex_);
    completed.sequence = flights_.find(key)->second.sequence;
  }
  complete_(std::move(completed));
}

namespace {

constexpr absl::Duration kPause = absl::Seconds(1);

}  // namespace

bool FetchPause::MayAsk(SteadyTime now) {
  absl::MutexLock lock(&mutex_);
  if (!failing_) return true;
  if (now < next_) return false;
  next_ = now + kPause;
  return true;
}

void FetchPause::NoteSuccess() {
  absl::MutexLock lock(&mutex_);
  failing_ = false;
}

void FetchPause::NoteFailure(SteadyTime now) {
  absl::MutexLock lock(&mutex_);
  failing_ = true;
  next_ = now + kPause;
}

}  // namespace toolcatalog
