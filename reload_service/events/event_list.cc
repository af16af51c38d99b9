#include "reload_service/events/event_list.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/rpc/event_page.h"

namespace toolcatalog {
namespace {

using Key = std::tuple<std::string, std::string, int64_t>;

Key KeyOf(const v1::ReloadEvent& event) { return {event.replica(), event.boot_id(), event.event_id()}; }

bool ComesBefore(const v1::ReloadEvent& a, const v1::ReloadEvent& b) { return IsBefore(PlaceOf(a), PlaceOf(b)); }

// Whether the catalog's answer cannot have counted the event, which it does not show.
bool IsNew(const v1::ReloadEvent& event, const v1::ListReloadEventsResponse& stored, const UnsureEvents& unsure) {
  if (event.event_id() > unsure.stored_after) return true;
  const bool shows_the_rest = stored.history().empty() || stored.next_page_token().empty();
  return shows_the_rest || ComesBefore(event, *stored.history().rbegin());
}

}  // namespace

v1::ListReloadEventsResponse MergeEvents(v1::ListReloadEventsResponse stored, const ReloadHistory& history,
                                         const UnsureEvents& unsure, const EventFilter& filter, int limit) {
  std::set<Key> known;
  for (const v1::ReloadEvent& event : stored.history()) known.insert(KeyOf(event));
  ReloadHistory::Events added;
  constexpr size_t kAll = std::numeric_limits<size_t>::max();
  for (auto& event : history.After(unsure.stored_before, kAll, kAll)) {
    if (!filter.Passes(*event) || !filter.IsOnPage(*event)) continue;
    if (known.count(KeyOf(*event)) == 0 && IsNew(*event, stored, unsure)) added.push_back(std::move(event));
  }
  if (added.empty()) return stored;
  std::vector<v1::ReloadEvent> events(std::make_move_iterator(stored.mutable_history()->begin()),
                                      std::make_move_iterator(stored.mutable_history()->end()));
  for (const auto& event : added) events.push_back(*event);
  std::stable_sort(events.begin(), events.end(), ComesBefore);
  const bool more = events.size() > static_cast<size_t>(limit) || !stored.next_page_token().empty();
  events.resize(std::min(events.size(), static_cast<size_t>(limit)));
  if (more) stored.set_next_page_token(filter.TokenAfter(events.back()));
  *stored.mutable_history() = {std::make_move_iterator(events.begin()), std::make_move_iterator(events.end())};
  stored.set_total(stored.total() + static_cast<int32_t>(added.size()));
  return stored;
}

}  // namespace toolcatalog
