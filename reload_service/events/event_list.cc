#include "reload_service/events/event_list.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "absl/algorithm/container.h"
#include "common/definition/definition.h"

namespace toolcatalog {
namespace {

using Key = std::tuple<std::string, std::string, int64_t>;

Key KeyOf(const v1::ReloadEvent& event) { return {event.replica(), event.boot_id(), event.event_id()}; }

bool ComesBefore(const v1::ReloadEvent& a, const v1::ReloadEvent& b) { return IsBefore(PlaceOf(a), PlaceOf(b)); }

// Whether the catalog's answer cannot have counted the event, which it does not show.
bool IsNew(const v1::ReloadEvent& event, const v1::ListReloadEventsResponse& stored, int64_t stored_event_id) {
  if (event.event_id() > stored_event_id) return true;
  const bool shows_the_rest = stored.history().empty() || stored.next_page_token().empty();
  return shows_the_rest || ComesBefore(event, *stored.history().rbegin());
}

}  // namespace

v1::ListReloadEventsResponse EventList::PageOf(const Events& own) const {
  v1::ListReloadEventsResponse page;
  int total = 0;
  for (auto event = own.rbegin(); event != own.rend(); ++event) {
    if (!Passes(**event)) continue;
    ++total;
    if (!IsOnPage(**event)) continue;
    if (page.history_size() < query_.limit) {
      *page.add_history() = **event;
    } else {
      page.set_next_page_token(NextEventPageToken(query_, *page.history().rbegin()));
    }
  }
  page.set_total(total);
  return page;
}

v1::ListReloadEventsResponse EventList::Complete(v1::ListReloadEventsResponse stored, const Events& own,
                                                 int64_t stored_event_id) const {
  std::set<Key> known;
  for (const v1::ReloadEvent& event : stored.history()) known.insert(KeyOf(event));
  Events added;
  for (const auto& event : own) {
    if (!Passes(*event) || !IsOnPage(*event)) continue;
    if (known.count(KeyOf(*event)) == 0 && IsNew(*event, stored, stored_event_id)) added.push_back(event);
  }
  if (added.empty()) return stored;
  std::vector<v1::ReloadEvent> events(std::make_move_iterator(stored.mutable_history()->begin()),
                                      std::make_move_iterator(stored.mutable_history()->end()));
  for (const auto& event : added) events.push_back(*event);
  std::stable_sort(events.begin(), events.end(), ComesBefore);
  const size_t limit = query_.limit;
  const bool more = events.size() > limit || !stored.next_page_token().empty();
  events.resize(std::min(events.size(), limit));
  if (more) stored.set_next_page_token(NextEventPageToken(query_, events.back()));
  *stored.mutable_history() = {std::make_move_iterator(events.begin()), std::make_move_iterator(events.end())};
  stored.set_total(stored.total() + static_cast<int32_t>(added.size()));
  return stored;
}

bool EventList::Passes(const v1::ReloadEvent& event) const {
  if (!query_.trigger_type.empty() && query_.trigger_type != event.trigger()) return false;
  if (query_.success.has_value() && *query_.success != event.success()) return false;
  if (!query_.replica.empty() && query_.replica != event.replica()) return false;
  const absl::Time ended = PlaceOf(event).ended;
  if (query_.since.has_value() && ended < *query_.since) return false;
  if (query_.until.has_value() && ended >= *query_.until) return false;
  return query_.name_key.empty() || NamesTool(event);
}

bool EventList::NamesTool(const v1::ReloadEvent& event) const {
  const auto is_it = [this](const std::string& name) { return NameKey(name) == query_.name_key; };
  return is_it(event.tool_name()) || absl::c_any_of(event.tool_names(), is_it);
}

bool EventList::IsOnPage(const v1::ReloadEvent& event) const {
  return !query_.after.has_value() || IsBefore(*query_.after, PlaceOf(event));
}

}  // namespace toolcatalog
