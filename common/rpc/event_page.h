#ifndef COMMON_RPC_EVENT_PAGE_H_
#define COMMON_RPC_EVENT_PAGE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// Pages of reload events. Both services order events alike: newest first, and those of one stored time by replica,
// process and falling number. So each service understands the page tokens of the other.

// The place of an event in that order.
struct EventPlace {
  // As it is stored: see `StoredTime`.
  absl::Time ended;
  std::string replica;
  std::string boot_id;
  int64_t event_id = 0;
};

EventPlace PlaceOf(const v1::ReloadEvent& event);
// Whether `a` comes before `b`, which means that it is newer.
bool IsBefore(const EventPlace& a, const EventPlace& b);

// The place after which the page of a request begins; nullopt = with the newest event. INVALID_ARGUMENT unless the page
// token is of a list with the same filters.
absl::StatusOr<std::optional<EventPlace>> PageStart(const v1::ListReloadEventsRequest& request);
// The token of the page that follows `last`, in a list with the filters of `request`.
std::string NextEventPageToken(const v1::ListReloadEventsRequest& request, const v1::ReloadEvent& last);

}  // namespace toolcatalog

#endif  // COMMON_RPC_EVENT_PAGE_H_
