#ifndef RELOAD_SERVICE_EVENTS_RELOAD_HISTORY_H_
#define RELOAD_SERVICE_EVENTS_RELOAD_HISTORY_H_

#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "reload_service/events/reload_totals.h"
#include "reload_service/events/replica_identity.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// The last events of this process, at most 10,000 and 16 MiB, and statistics of all its events. A reader is a cursor on
// the events, so a slow reader costs nothing. Thread-safe.
class ReloadHistory {
 public:
  // Hears of each new event. `OnEvent` is called by any thread, without a lock held.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnEvent() = 0;
  };
  using Event = std::shared_ptr<const v1::ReloadEvent>;
  using Events = std::vector<Event>;

  // `Newest` returns as many as `listed`.
  explicit ReloadHistory(int listed, ReplicaIdentity identity = {}) : listed_(listed), identity_(std::move(identity)) {}

  const ReplicaIdentity& identity() const { return identity_; }

  // Keeps the event, and returns it as it is kept: all readers share it. It gets the next id and the identity of this
  // process. Its timestamp is cut to whole microseconds, as the catalog keeps it, and is never before that of the event
  // before it.
  Event Record(v1::ReloadEvent event);

  // Fills the fields about reloads. Distributions have `range_counts`.
  void Describe(v1::ReloadStatistics* statistics) const;

  // Id of the newest event; 0 = there is none yet.
  int64_t last_event_id() const;
  // Id of the oldest event that is kept; 0 = there is none yet.
  int64_t oldest_event_id() const;
  // The oldest kept event with an id above `event_id`; null = there is none yet.
  Event NextAfter(int64_t event_id) const;
  // The newest events, the oldest of them first.
  Events Newest() const;
  // The kept events with ids above `event_id`, the oldest first.
  Events After(int64_t event_id) const;
  // The first of these: at most `max_events`, of at most `max_bytes` together, but at least one if there is any.
  Events After(int64_t event_id, size_t max_events, size_t max_bytes) const;

  void Subscribe(std::shared_ptr<Listener> listener);
  void Unsubscribe(const Listener* listener);

 private:
  struct Kept {
    Event event;
    size_t bytes = 0;
  };

  // Forgets the oldest events until the bounds are kept.
  void Trim() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Where in `events_` the events above `event_id` begin.
  size_t IndexAfter(int64_t event_id) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const int listed_;
  const ReplicaIdentity identity_;
  mutable absl::Mutex mutex_;
  // Their ids are consecutive.
  std::deque<Kept> events_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t last_event_id_ ABSL_GUARDED_BY(mutex_) = 0;
  google::protobuf::Timestamp last_timestamp_ ABSL_GUARDED_BY(mutex_);
  ReloadTotals totals_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Listener>> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_RELOAD_HISTORY_H_
