#include "reload_service/reload_history.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace toolcatalog {
namespace {

int32_t Count(int64_t count) {
  return static_cast<int32_t>(std::min<int64_t>(count, std::numeric_limits<int32_t>::max()));
}

}  // namespace

v1::ReloadEvent ReloadHistory::Record(v1::ReloadEvent event) {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    absl::MutexLock lock(&mutex_);
    event.set_event_id(++last_event_id_);
    if (event.success()) ++successes_;
    total_duration_ms_ += event.duration_ms();
    events_.push_back(event);
    if (events_.size() > static_cast<size_t>(capacity_)) events_.pop_front();
    listeners = listeners_;
  }
  for (const auto& listener : listeners) listener->OnEvent();
  return event;
}

v1::ListReloadEventsResponse ReloadHistory::List(absl::string_view trigger, int limit) const {
  v1::ListReloadEventsResponse response;
  int total = 0;
  absl::MutexLock lock(&mutex_);
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (!trigger.empty() && trigger != event->trigger()) continue;
    if (++total <= limit) *response.add_history() = *event;
  }
  response.set_total(total);
  return response;
}

v1::ReloadStatistics ReloadHistory::Statistics() const {
  v1::ReloadStatistics statistics;
  auto* configuration = statistics.mutable_configuration();
  configuration->set_max_history_size(capacity_);
  configuration->mutable_periodic_refresh_interval_seconds()->set_null_value(google::protobuf::NULL_VALUE);
  absl::MutexLock lock(&mutex_);
  statistics.set_total_reloads(Count(last_event_id_));
  statistics.set_successful_reloads(Count(successes_));
  statistics.set_failed_reloads(Count(last_event_id_ - successes_));
  if (events_.empty()) return statistics;
  statistics.set_success_rate(100.0 * successes_ / last_event_id_);
  statistics.set_average_duration_ms(total_duration_ms_ / last_event_id_);
  auto* last = statistics.mutable_last_reload();
  *last->mutable_timestamp() = events_.back().timestamp();
  last->set_success(events_.back().success());
  last->set_duration_ms(events_.back().duration_ms());
  return statistics;
}

int64_t ReloadHistory::last_event_id() const {
  absl::MutexLock lock(&mutex_);
  return last_event_id_;
}

std::optional<v1::ReloadEvent> ReloadHistory::NextAfter(int64_t event_id) const {
  absl::MutexLock lock(&mutex_);
  if (event_id >= last_event_id_) return std::nullopt;
  const int64_t first_id = events_.front().event_id();
  return events_[event_id < first_id ? 0 : event_id + 1 - first_id];
}

void ReloadHistory::Subscribe(std::shared_ptr<Listener> listener) {
  {
    absl::MutexLock lock(&mutex_);
    if (!closed_) {
      listeners_.push_back(std::move(listener));
      return;
    }
  }
  listener->OnClosed();
}

void ReloadHistory::Unsubscribe(const Listener* listener) {
  std::shared_ptr<Listener> dropped;
  absl::MutexLock lock(&mutex_);
  auto found =
      std::find_if(listeners_.begin(), listeners_.end(), [listener](const auto& l) { return l.get() == listener; });
  if (found == listeners_.end()) return;
  dropped = std::move(*found);
  listeners_.erase(found);
}

void ReloadHistory::Close() {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    listeners = listeners_;
  }
  for (const auto& listener : listeners) listener->OnClosed();
}

}  // namespace toolcatalog
