#ifndef RELOAD_SERVICE_EVENTS_EVENT_LIST_H_
#define RELOAD_SERVICE_EVENTS_EVENT_LIST_H_

#include <cstdint>

#include "reload_service/events/event_filter.h"
#include "reload_service/events/reload_history.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// Which of this process's events the catalog may not have when it is asked.
struct UnsureEvents {
  // Those above this are not known to be stored, as of before and after it was asked.
  int64_t stored_before = 0;
  int64_t stored_after = 0;
};

// What the catalog answered to a request for at most `limit` events, completed by the events of this process that pass
// and that it does not have yet.
v1::ListReloadEventsResponse MergeEvents(v1::ListReloadEventsResponse stored, const ReloadHistory& history,
                                         const UnsureEvents& unsure, const EventFilter& filter, int limit);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_EVENT_LIST_H_
