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

// Which events a page holds; "" and nullopt = any.
struct EventQuery {
  int limit = 0;
  std::string trigger_type;
  // In lower case.
  std::string name_key;
  std::optional<bool> success;
  std::string replica;
  std::optional<absl::Time> since;
  std::optional<absl::Time> until;
  // The page begins after this event.
  std::optional<EventPlace> after;
  // Differs between lists whose pages must not be mixed.
  std::string list;
};

// What a request asks for. INVALID_ARGUMENT that names every violation, also if its page token is of another list.
absl::StatusOr<EventQuery> EventQueryOf(const v1::ListReloadEventsRequest& request);
// The token of the page that follows `last`.
std::string NextEventPageToken(const EventQuery& query, const v1::ReloadEvent& last);

}  // namespace toolcatalog

#endif  // COMMON_RPC_EVENT_PAGE_H_
