#include "common/rpc/event_page.h"

#include <tuple>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/page_token.h"
#include "common/request_time.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// Differs between requests whose pages must not be mixed.
std::string QueryOf(v1::ListReloadEventsRequest request) {
  request.clear_limit();
  request.clear_page_token();
  return absl::StrCat("reload events ", request.SerializeAsString());
}

}  // namespace

EventPlace PlaceOf(const v1::ReloadEvent& event) {
  return {StoredTime(event.timestamp()), event.replica(), event.boot_id(), event.event_id()};
}

bool IsBefore(const EventPlace& a, const EventPlace& b) {
  if (a.ended != b.ended) return a.ended > b.ended;
  return std::make_tuple(a.replica, a.boot_id, -a.event_id) < std::make_tuple(b.replica, b.boot_id, -b.event_id);
}

absl::StatusOr<std::optional<EventPlace>> PageStart(const v1::ListReloadEventsRequest& request) {
  if (request.page_token().empty()) return std::optional<EventPlace>();
  absl::StatusOr<std::string> text = DecodePageToken(QueryOf(request), request.page_token());
  if (!text.ok()) return text.status();
  const std::vector<std::string> parts = absl::StrSplit(*text, '\n');
  EventPlace place;
  int64_t micros = 0;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &micros) || !absl::SimpleAtoi(parts[3], &place.event_id) ||
      place.event_id < 0) {
    return InvalidArgumentError("page_token", "must be a next_page_token of a list with the same other fields");
  }
  place.ended = absl::FromUnixMicros(micros);
  place.replica = parts[1];
  place.boot_id = parts[2];
  return std::optional<EventPlace>(std::move(place));
}

std::string NextEventPageToken(const v1::ListReloadEventsRequest& request, const v1::ReloadEvent& last) {
  const EventPlace place = PlaceOf(last);
  return EncodePageToken(QueryOf(request), absl::StrCat(absl::ToUnixMicros(place.ended), "\n", place.replica, "\n",
                                                        place.boot_id, "\n", place.event_id));
}

}  // namespace toolcatalog
