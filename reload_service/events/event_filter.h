#ifndef RELOAD_SERVICE_EVENTS_EVENT_FILTER_H_
#define RELOAD_SERVICE_EVENTS_EVENT_FILTER_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/rpc/event_page.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// INVALID_ARGUMENT that names each field of the request that breaks its rule, but for `limit`.
absl::Status CheckEventFilter(const v1::ListReloadEventsRequest& request);

// Which events a request wants. Thread-safe.
class EventFilter {
 public:
  // The request has passed `CheckEventFilter`.
  explicit EventFilter(const v1::ListReloadEventsRequest& request);

  bool Passes(const v1::ReloadEvent& event) const;
  // Whether the event comes after the place where the request's page begins.
  bool IsOnPage(const v1::ReloadEvent& event) const;
  // The token of the page after an event.
  std::string TokenAfter(const v1::ReloadEvent& last) const;

 private:
  // Whether the event names the tool.
  bool Names(const v1::ReloadEvent& event) const;

  const v1::ListReloadEventsRequest request_;
  const std::string tool_key_;
  // Where the page begins; nullopt = with the newest event.
  const std::optional<EventPlace> start_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_EVENT_FILTER_H_
