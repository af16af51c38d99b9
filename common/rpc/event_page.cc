#include "common/rpc/event_page.h"

#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/definition/definition.h"
#include "common/page_token.h"
#include "common/request_time.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

std::string ListOf(v1::ListReloadEventsRequest request) {
  request.clear_limit();
  request.clear_page_token();
  return absl::StrCat("reload events ", request.SerializeAsString());
}

absl::StatusOr<std::optional<EventPlace>> PageStart(const std::string& list, const std::string& token) {
  if (token.empty()) return std::optional<EventPlace>();
  absl::StatusOr<std::string> text = DecodePageToken(list, token);
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

}  // namespace

EventPlace PlaceOf(const v1::ReloadEvent& event) {
  return {StoredTime(event.timestamp()), event.replica(), event.boot_id(), event.event_id()};
}

bool IsBefore(const EventPlace& a, const EventPlace& b) {
  if (a.ended != b.ended) return a.ended > b.ended;
  return std::make_tuple(a.replica, a.boot_id, -a.event_id) < std::make_tuple(b.replica, b.boot_id, -b.event_id);
}

absl::StatusOr<EventQuery> EventQueryOf(const v1::ListReloadEventsRequest& request) {
  const absl::StatusOr<int> limit = CheckPageSize("limit", request.has_limit(), request.limit());
  if (!limit.ok()) return limit.status();
  std::vector<Violation> violations;
  if (!request.trigger_type().empty()) CheckTrigger("trigger_type", request.trigger_type(), violations);
  CheckOptionalToolName("tool_name", request.tool_name(), violations);
  CheckShortText("replica", request.replica(), violations);
  const TimeRange range = TimeRangeOf(request, violations);
  if (!violations.empty()) return InvalidArgumentError(violations);
  EventQuery query{*limit,       request.trigger_type(), NameKey(request.tool_name()),
                   std::nullopt, request.replica(),      range.since,
                   range.until};
  if (request.has_success()) query.success = request.success();
  query.list = ListOf(request);
  absl::StatusOr<std::optional<EventPlace>> after = PageStart(query.list, request.page_token());
  if (!after.ok()) return after.status();
  query.after = *std::move(after);
  return query;
}

std::string NextEventPageToken(const EventQuery& query, const v1::ReloadEvent& last) {
  const EventPlace place = PlaceOf(last);
  return EncodePageToken(query.list, absl::StrCat(absl::ToUnixMicros(place.ended), "\n", place.replica, "\n",
                                                  place.boot_id, "\n", place.event_id));
}

}  // namespace toolcatalog
