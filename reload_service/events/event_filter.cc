#include "reload_service/events/event_filter.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "common/definition/definition.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

absl::Status CheckTime(absl::string_view field, const Timestamp& time) {
  const bool is_time = time.seconds() >= TimeUtil::kTimestampMinSeconds &&
                       time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
                       time.nanos() <= 999999999;
  if (is_time) return absl::OkStatus();
  return InvalidArgumentError(field, "must be a time of the years 1 to 9999");
}

}  // namespace

absl::Status CheckEventFilter(const v1::ListReloadEventsRequest& request) {
  absl::Status status = CheckTrigger(request.trigger_type());
  if (status.ok()) status = CheckOptionalToolName(request.tool_name());
  if (status.ok()) status = CheckShortText("replica", request.replica());
  if (status.ok()) status = CheckTime("since", request.since());
  if (status.ok()) status = CheckTime("until", request.until());
  if (status.ok() && request.has_since() && request.has_until() && request.since() >= request.until()) {
    return InvalidArgumentError("until", "must be later than since");
  }
  return status.ok() ? PageStart(request).status() : status;
}

EventFilter::EventFilter(const v1::ListReloadEventsRequest& request)
    : request_(request), tool_key_(NameKey(request.tool_name())), start_(PageStart(request).value_or(std::nullopt)) {}

bool EventFilter::Passes(const v1::ReloadEvent& event) const {
  if (!request_.trigger_type().empty() && request_.trigger_type() != event.trigger()) return false;
  if (request_.has_success() && request_.success() != event.success()) return false;
  if (!request_.replica().empty() && request_.replica() != event.replica()) return false;
  if (request_.has_since() && event.timestamp() < request_.since()) return false;
  if (request_.has_until() && event.timestamp() >= request_.until()) return false;
  return tool_key_.empty() || Names(event);
}

bool EventFilter::IsOnPage(const v1::ReloadEvent& event) const {
  return !start_.has_value() || IsBefore(*start_, PlaceOf(event));
}

std::string EventFilter::TokenAfter(const v1::ReloadEvent& last) const { return NextEventPageToken(request_, last); }

bool EventFilter::Names(const v1::ReloadEvent& event) const {
  const auto is_it = [this](const std::string& name) { return NameKey(name) == tool_key_; };
  return is_it(event.tool_name()) || std::any_of(event.tool_names().begin(), event.tool_names().end(), is_it);
}

}  // namespace toolcatalog
