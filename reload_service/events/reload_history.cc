#include "reload_service/events/reload_history.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "common/guarded.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxEvents = 10000;
constexpr size_t kMaxBytes = 16 << 20;
constexpr int kNanosPerMicro = 1000;

}  // namespace

ReloadHistory::Event ReloadHistory::Record(v1::ReloadEvent event) {
  event.set_replica(identity_.replica);
  event.set_boot_id(identity_.boot_id);
  if (event.has_timestamp()) {
    const int nanos = event.timestamp().nanos();
    event.mutable_timestamp()->set_nanos(nanos - nanos % kNanosPerMicro);
  }
  Event kept;
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    absl::MutexLock lock(&mutex_);
    event.set_event_id(++last_event_id_);
    if (event.has_timestamp()) {
      // A clock that is set back must not turn the order of events around.
      if (event.timestamp() < last_timestamp_) *event.mutable_timestamp() = last_timestamp_;
      last_timestamp_ = event.timestamp();
    }
    totals_.Add(event);
    kept = std::make_shared<const v1::ReloadEvent>(std::move(event));
    events_.push_back({kept, kept->ByteSizeLong()});
    bytes_ += events_.back().bytes;
    Trim();
    listeners = listeners_;
  }
  // One that throws must not keep the event from the others.
  for (const auto& listener : listeners) Guarded("listener of reloads", [&] { listener->OnEvent(); }).IgnoreError();
  return kept;
}

void ReloadHistory::Trim() {
  while (events_.size() > 1 && (events_.size() > kMaxEvents || bytes_ > kMaxBytes)) {
    bytes_ -= events_.front().bytes;
    events_.pop_front();
  }
}

void ReloadHistory::Describe(v1::ReloadStatistics* statistics) const {
  statistics->mutable_configuration()->set_max_history_size(listed_);
  absl::MutexLock lock(&mutex_);
  totals_.Describe(statistics);
}

int64_t ReloadHistory::last_event_id() const {
  absl::MutexLock lock(&mutex_);
  return last_event_id_;
}

int64_t ReloadHistory::oldest_event_id() const {
  absl::MutexLock lock(&mutex_);
  return events_.empty() ? 0 : events_.front().event->event_id();
}

size_t ReloadHistory::IndexAfter(int64_t event_id) const {
  if (event_id >= last_event_id_) return events_.size();
  return std::max<int64_t>(event_id + 1 - events_.front().event->event_id(), 0);
}

ReloadHistory::Event ReloadHistory::NextAfter(int64_t event_id) const {
  const Events next = After(event_id, 1, kMaxBytes);
  return next.empty() ? nullptr : next.front();
}

ReloadHistory::Events ReloadHistory::Newest() const {
  return After(std::max<int64_t>(last_event_id() - listed_, 0), listed_, kMaxBytes);
}

ReloadHistory::Events ReloadHistory::After(int64_t event_id) const {
  constexpr size_t kAll = std::numeric_limits<size_t>::max();
  return After(event_id, kAll, kAll);
}

ReloadHistory::Events ReloadHistory::After(int64_t event_id, size_t max_events, size_t max_bytes) const {
  Events found;
  size_t bytes = 0;
  absl::MutexLock lock(&mutex_);
  for (size_t i = IndexAfter(event_id); i < events_.size() && found.size() < max_events; ++i) {
    bytes += events_[i].bytes;
    if (bytes > max_bytes && !found.empty()) break;
    found.push_back(events_[i].event);
  }
  return found;
}

void ReloadHistory::Subscribe(std::shared_ptr<Listener> listener) {
  absl::MutexLock lock(&mutex_);
  listeners_.push_back(std::move(listener));
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

}  // namespace toolcatalog
