#include "reload_service/tool_fetcher.h"

#include <utility>

#include "absl/time/clock.h"

namespace toolcatalog {

ToolFetcher::ToolFetcher(const std::shared_ptr<grpc::Channel>& channel, ProfileCache* cache, absl::Duration timeout,
                         std::function<void(CompletedFetch)> complete)
    : cache_(cache), timeout_(timeout), complete_(std::move(complete)), client_(channel) {}

void ToolFetcher::Fetch(const std::string& key, int64_t not_before, ReloadWaiter waiter) {
  const int64_t sequence = cache_->NextSequence();
  {
    absl::MutexLock lock(&mutex_);
    auto [found, added] = flights_.try_emplace(key);
    Flight& flight = found->second;
    if (!added) {
      auto& waiters = flight.sequence > not_before ? flight.waiters : flight.next_waiters;
      waiters.push_back(std::move(waiter));
      return;
    }
    flight.sequence = sequence;
    flight.waiters.push_back(std::move(waiter));
  }
  Ask(key);
}

void ToolFetcher::Ask(const std::string& key) {
  client_.GetTool(key, absl::Now() + timeout_,
                  [this, key](absl::StatusOr<v1::GetToolResponse> response) { Finish(key, std::move(response)); });
}

void ToolFetcher::Finish(const std::string& key, absl::StatusOr<v1::GetToolResponse> response) {
  CompletedFetch completed{key, std::move(response), 0, absl::Now(), {}};
  const int64_t next_sequence = cache_->NextSequence();
  bool again;
  {
    absl::MutexLock lock(&mutex_);
    auto flight = flights_.find(key);
    completed.sequence = flight->second.sequence;
    completed.waiters = std::move(flight->second.waiters);
    again = !flight->second.next_waiters.empty();
    if (again) {
      flight->second = {next_sequence, std::move(flight->second.next_waiters), {}};
    } else {
      flights_.erase(flight);
    }
  }
  // Before the next one can end, so that events keep the order of the fetches.
  complete_(std::move(completed));
  if (again) Ask(key);
}

}  // namespace toolcatalog
