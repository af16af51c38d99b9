#ifndef RELOAD_SERVICE_EVENTS_RELOAD_EVENTS_H_
#define RELOAD_SERVICE_EVENTS_RELOAD_EVENTS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_watcher.h"
#include "common/steady_time.h"
#include "reload_service/cache/reload_batch.h"
#include "reload_service/events/reload_history.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// Name of the profile cache among the handlers; it is always the first.
inline constexpr char kCacheHandler[] = "profile_cache";

// A reload that somebody asked for.
struct ReloadRequest {
  // As the caller wrote it; empty = all tools.
  std::string tool_name;
  // Empty = nobody is named.
  std::string triggered_by;
  // When the reload was asked for.
  SteadyTime start;
  std::string trigger = kTriggerManual;
  // Empty = nobody said why.
  std::string reason;
};

// A caller who waits for a reload to end.
struct ReloadWaiter {
  // Absent for a read, which makes no event. `done` then gets an event that only says what became of the profile.
  std::optional<ReloadRequest> request;
  std::function<void(const v1::ReloadEvent&)> done;
};

// An event that lacks only its handlers and its end.
struct PendingEvent {
  v1::ReloadEvent event;
  // When the reload began.
  SteadyTime start;
  std::vector<std::function<void(const v1::ReloadEvent&)>> waiters;
};

// The event of a reload that was asked for. `status` says whether the catalog gave what was needed. `outcome` is what
// the cache did with it; null = the cache got nothing. `revision` is what the cache has applied afterwards.
v1::ReloadEvent MakeEvent(const ReloadRequest& request, const absl::Status& status, const ApplyOutcome* outcome,
                          int64_t revision);
// One event for all waiters whose requests are alike, and none for reads.
std::vector<PendingEvent> MakeEvents(const std::vector<ReloadWaiter>& waiters, const absl::Status& status,
                                     const ApplyOutcome* outcome, int64_t revision);
// Tells those who wait on behalf of a read what became of the profile. The others hear of it when the event is
// recorded.
void AnswerReads(const std::vector<ReloadWaiter>& waiters, const absl::Status& status, const ApplyOutcome* outcome,
                 int64_t revision);
// An error of the catalog, or of the way to it, as this service tells it.
absl::Status FromCatalog(const absl::Status& status);
// The request that a write of the catalog stands for.
ReloadRequest RequestOf(const CatalogWrite& write);
// Sets the time from the commit of the write until `applied`.
void SetPropagation(const CatalogWrite& write, absl::Time applied, v1::ReloadEvent* event);

// Adds what a handler did. If the handler failed, the event has failed too.
void AddOutcome(absl::string_view name, const absl::Status& status, absl::Duration duration, v1::ReloadEvent* event);
// Adds the outcomes of `from`, beginning with the one at `index`.
void CopyOutcomes(const v1::ReloadEvent& from, int index, v1::ReloadEvent* event);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_RELOAD_EVENTS_H_
