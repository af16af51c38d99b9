#include "reload_service/events/event_list.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

v1::ReloadEvent Event(const std::string& replica, int64_t seconds, int64_t id = 0) {
  v1::ReloadEvent event;
  event.set_trigger("manual");
  event.set_replica(replica);
  event.set_boot_id("boot");
  event.set_event_id(id);
  event.mutable_timestamp()->set_seconds(seconds);
  return event;
}

// "replica id", newest first, then the total.
std::string Text(const v1::ListReloadEventsResponse& list) {
  std::string text;
  for (const auto& event : list.history()) text += event.replica() + std::to_string(event.event_id()) + " ";
  return text + "of " + std::to_string(list.total());
}

class EventListTest : public ::testing::Test {
 protected:
  // This process has events at 10, 20 ... seconds.
  EventListTest() {
    for (int i = 1; i <= 4; ++i) history_.Record(Event("", 10 * i));
  }

  static v1::ListReloadEventsResponse Stored(const std::vector<v1::ReloadEvent>& events, int total) {
    v1::ListReloadEventsResponse stored;
    *stored.mutable_history() = {events.begin(), events.end()};
    stored.set_total(total);
    if (total > stored.history_size()) stored.set_next_page_token("more");
    return stored;
  }
  std::string Merge(const v1::ListReloadEventsResponse& stored, const UnsureEvents& unsure, int limit = 50) {
    return Text(MergeEvents(stored, history_, unsure, EventFilter(request_), limit));
  }

  ReloadHistory history_{2, {"me", "boot", absl::UnixEpoch()}};
  v1::ListReloadEventsRequest request_;
};

TEST_F(EventListTest, AddsWhatIsNotReportedYetInItsPlace) {
  const auto stored = Stored({Event("you", 35, 7), Event("me", 20, 2), Event("me", 10, 1)}, 3);
  EXPECT_EQ(Merge(stored, {2, 2}), "me4 you7 me3 me2 me1 of 5");
  EXPECT_EQ(Merge(stored, {2, 2}, 2), "me4 you7 of 5");
  EXPECT_EQ(Merge(stored, {4, 4}), "you7 me2 me1 of 3");
  EXPECT_EQ(Merge(Stored({}, 0), {0, 0}), "me4 me3 me2 me1 of 4");
}

TEST_F(EventListTest, CountsOnceWhatWasStoredMeanwhile) {
  EXPECT_EQ(Merge(Stored({Event("me", 40, 4), Event("me", 30, 3)}, 2), {2, 4}), "me4 me3 of 2");
  EXPECT_EQ(Merge(Stored({Event("me", 40, 4), Event("me", 30, 3)}, 2), {2, 2}), "me4 me3 of 2");
  // Stored after the catalog was read.
  EXPECT_EQ(Merge(Stored({Event("me", 30, 3)}, 1), {2, 4}), "me4 me3 of 2");
  // Stored, counted, and beyond the limit.
  EXPECT_EQ(Merge(Stored({Event("you", 50, 7)}, 3), {2, 4}, 1), "you7 of 3");
}

TEST_F(EventListTest, AnEmptyListThatCountsSomethingIsNoHarm) {
  EXPECT_EQ(Merge(Stored({}, 1), {0, 4}, 1), "me4 of 5");
}

// The catalog has everything up to event 2, and answers one event a page.
TEST_F(EventListTest, PagesHaveEveryEventOnce) {
  std::string pages;
  for (int page = 0; page < 10; ++page) {
    const EventFilter filter(request_);
    v1::ListReloadEventsResponse stored = Stored({}, 3);
    for (const v1::ReloadEvent& event : {Event("you", 35, 7), Event("me", 20, 2), Event("me", 10, 1)}) {
      if (stored.history().empty() && filter.IsOnPage(event)) *stored.add_history() = event;
    }
    const bool is_last = stored.history().empty() || stored.history(0).event_id() == 1;
    stored.set_next_page_token(is_last ? "" : filter.TokenAfter(stored.history(0)));
    const v1::ListReloadEventsResponse list = MergeEvents(std::move(stored), history_, {2, 2}, filter, 1);
    pages += Text(list) + "; ";
    if (list.next_page_token().empty()) break;
    request_.set_page_token(list.next_page_token());
  }
  EXPECT_EQ(pages, "me4 of 5; you7 of 4; me3 of 4; me2 of 3; me1 of 3; ");
}

TEST_F(EventListTest, AddsOnlyWhatPasses) {
  request_.mutable_since()->set_seconds(40);
  EXPECT_EQ(Merge(Stored({}, 0), {0, 0}), "me4 of 1");
  request_.set_replica("you");
  EXPECT_EQ(Merge(Stored({Event("you", 50, 7)}, 1), {0, 0}), "you7 of 1");
}

}  // namespace
}  // namespace toolcatalog
