#include "catalog_service/replicas/event_gaps.h"

#include <algorithm>

namespace toolcatalog {

EventGaps FillGaps(int64_t last_event_id, const std::vector<NumberedEvent>& stored,
                   const std::vector<NumberedEvent>& events) {
  EventGaps gaps;
  auto gap = stored.begin();
  // The last event known to be there before the one at hand, within the gap at hand or at the end.
  int64_t before = 0;
  bool in_gap = false;
  const auto leave_gap = [&] {
    if (in_gap) gaps.changed.push_back({gap->event_id, gap->event_id - before - 1});
    in_gap = false;
  };
  for (const NumberedEvent& event : events) {
    if (event.event_id > last_event_id) {
      leave_gap();
      gaps.missing_before.push_back(event.event_id - last_event_id - 1);
      last_event_id = event.event_id;
      continue;
    }
    while (gap != stored.end() && gap->event_id <= event.event_id) {
      leave_gap();
      ++gap;
    }
    if (gap == stored.end() || event.event_id < gap->event_id - gap->missing_before) {
      gaps.missing_before.push_back(0);
      continue;
    }
    if (!in_gap) before = gap->event_id - gap->missing_before - 1;
    in_gap = true;
    gaps.missing_before.push_back(event.event_id - before - 1);
    before = event.event_id;
  }
  leave_gap();
  return gaps;
}

}  // namespace toolcatalog
