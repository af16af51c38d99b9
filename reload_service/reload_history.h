#ifndef RELOAD_SERVICE_RELOAD_HISTORY_H_
#define RELOAD_SERVICE_RELOAD_HISTORY_H_

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/reload_service.pb.h"

namespace toolcatalog {

// Triggers of reloads, as they are named in events.
inline constexpr char kTriggerManual[] = "manual";
inline constexpr char kTriggerApiUpdate[] = "api_update";
inline constexpr char kTriggerPeriodic[] = "periodic";
inline constexpr char kTriggerWebhook[] = "webhook";
inline constexpr char kTriggerStartup[] = "startup";
inline constexpr std::array<absl::string_view, 5> kTriggers = {kTriggerManual, kTriggerApiUpdate, kTriggerPeriodic,
                                                               kTriggerWebhook, kTriggerStartup};

// The last events of this process, and statistics of all of them. A reader is a cursor on the events, so a slow one
// costs nothing. Thread-safe.
class ReloadHistory {
 public:
  // Told that there is something new. Called without a lock held, by any thread.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnEvent() = 0;
    // The history is closed; nothing follows.
    virtual void OnClosed() = 0;
  };

  explicit ReloadHistory(int capacity) : capacity_(capacity) {}

  // Keeps the event under the next id, which it sets, and returns it.
  v1::ReloadEvent Record(v1::ReloadEvent event);

  // Newest first; "" = every trigger.
  v1::ListReloadEventsResponse List(absl::string_view trigger, int limit) const;
  v1::ReloadStatistics Statistics() const;

  // Id of the newest event, 0 before the first.
  int64_t last_event_id() const;
  // The oldest kept event with an id above `event_id`.
  std::optional<v1::ReloadEvent> NextAfter(int64_t event_id) const;

  // A listener that comes after `Close` is told so at once.
  void Subscribe(std::shared_ptr<Listener> listener);
  void Unsubscribe(const Listener* listener);
  void Close();

 private:
  const int capacity_;
  mutable absl::Mutex mutex_;
  // Their ids are consecutive.
  std::deque<v1::ReloadEvent> events_ ABSL_GUARDED_BY(mutex_);
  int64_t last_event_id_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t successes_ ABSL_GUARDED_BY(mutex_) = 0;
  double total_duration_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<Listener>> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_HISTORY_H_
