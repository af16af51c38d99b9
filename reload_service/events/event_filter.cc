#include "reload_service/events/event_filter.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <vector>

#include "common/definition/definition.h"
#include "common/request_time.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"

namespace toolcatalog {
absl::Status CheckEventFilter(const v1::ListReloadEventsRequest& request) {
  std::vector<Violation> violations;
  if (!request.trigger_type().empty()) CheckTrigger("trigger_type", request.trigger_type(), violations);
  CheckOptionalToolName("tool_name", request.tool_name(), violations);
  CheckShortText("replica", request.replica(), violations);
  TimeRangeOf(request, violations);
  return violations.empty() ? PageStart(request).status() : InvalidArgumentError(violations);
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
