#ifndef CATALOG_SERVICE_REPLICAS_EVENT_GAPS_H_
#define CATALOG_SERVICE_REPLICAS_EVENT_GAPS_H_

#include <cstdint>
#include <vector>

namespace toolcatalog {

// The number of a reload event in its process, and how many events directly before it are missing.
struct NumberedEvent {
  int64_t event_id = 0;
  int64_t missing_before = 0;
};

// The gaps of a process once new events have come.
struct EventGaps {
  // What is missing before each new event, in their order.
  std::vector<int64_t> missing_before;
  // Stored events before which less is missing now.
  std::vector<NumberedEvent> changed;
};

// Notes what is missing before new events, and fills the gaps that new events belong to. `last_event_id` is the newest
// stored event. `stored` are stored events before which some are missing, in order: at least those whose gap holds a
// new event. `events` are the new events in order, each with what its process says is missing before it. An event that
// is older than `last_event_id` and lies in no gap was stored before, so nothing is missing before it.
EventGaps FillGaps(int64_t last_event_id, const std::vector<NumberedEvent>& stored,
                   const std::vector<NumberedEvent>& events);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_EVENT_GAPS_H_
