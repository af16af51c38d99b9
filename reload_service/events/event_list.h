#ifndef RELOAD_SERVICE_EVENTS_EVENT_LIST_H_
#define RELOAD_SERVICE_EVENTS_EVENT_LIST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/rpc/event_page.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// The answers to one request for events. Thread-safe.
class EventList {
 public:
  // Events of this process, in the order of their ids.
  using Events = std::vector<std::shared_ptr<const v1::ReloadEvent>>;

  explicit EventList(EventQuery query) : query_(std::move(query)) {}

  // A page of `own`, which is all that there is.
  v1::ListReloadEventsResponse PageOf(const Events& own) const;
  // The catalog's answer to the same request, completed by those of `own` that it does not have yet. `own` are the
  // events that the catalog may not have had when it was asked; it has had those up to `stored_event_id` when it
  // answered.
  v1::ListReloadEventsResponse Complete(v1::ListReloadEventsResponse stored, const Events& own,
                                        int64_t stored_event_id) const;

 private:
  // Whether the request's filters let the event pass.
  bool Passes(const v1::ReloadEvent& event) const;
  // Whether the event names the tool that the request names.
  bool NamesTool(const v1::ReloadEvent& event) const;
  // Whether the event comes after the place where the request's page begins.
  bool IsOnPage(const v1::ReloadEvent& event) const;

  const EventQuery query_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_EVENT_LIST_H_
