#include "reload_service/events/event_list.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reload_service/events/reload_history.h"
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
  // The events that are stored when the catalog is asked, and when it answers.
  struct StoredUpTo {
    int64_t before = 0;
    int64_t after = 0;
  };
  v1::ListReloadEventsResponse Complete(const v1::ListReloadEventsResponse& stored, const StoredUpTo& ids) {
    return EventList(*EventQueryOf(request_)).Complete(stored, history_.After(ids.before), ids.after);
  }
  std::string Merge(const v1::ListReloadEventsResponse& stored, const StoredUpTo& ids, int limit = 50) {
    request_.set_limit(limit);
    return Text(Complete(stored, ids));
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
  request_.set_limit(1);
  std::string pages;
  for (int page = 0; page < 10; ++page) {
    const EventQuery query = *EventQueryOf(request_);
    v1::ListReloadEventsResponse stored = Stored({}, 3);
    for (const v1::ReloadEvent& event : {Event("you", 35, 7), Event("me", 20, 2), Event("me", 10, 1)}) {
      const bool is_on_page = !query.after.has_value() || IsBefore(*query.after, PlaceOf(event));
      if (stored.history().empty() && is_on_page) *stored.add_history() = event;
    }
    const bool is_last = stored.history().empty() || stored.history(0).event_id() == 1;
    stored.set_next_page_token(is_last ? "" : NextEventPageToken(query, stored.history(0)));
    const v1::ListReloadEventsResponse list = Complete(stored, {2, 2});
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

TEST_F(EventListTest, OwnEventsAloneHavePagesToo) {
  request_.set_limit(1);
  request_.mutable_since()->set_seconds(30);
  const EventList list(*EventQueryOf(request_));
  const v1::ListReloadEventsResponse first = list.PageOf(history_.After(0));
  EXPECT_EQ(Text(first), "me4 of 2");
  request_.set_page_token(first.next_page_token());
  const v1::ListReloadEventsResponse second = EventList(*EventQueryOf(request_)).PageOf(history_.After(0));
  EXPECT_EQ(Text(second), "me3 of 2");
  EXPECT_EQ(second.next_page_token(), "");
}

v1::ReloadEvent Reload() {
  v1::ReloadEvent event;
  event.set_trigger("manual");
  event.set_success(true);
  event.set_replica("blue");
  event.mutable_timestamp()->set_seconds(100);
  event.mutable_timestamp()->set_nanos(5000);
  event.add_tool_names("Ping");
  event.add_tool_names("Grep");
  return event;
}

bool Passes(const v1::ReloadEvent& event, const std::function<void(v1::ListReloadEventsRequest*)>& set) {
  v1::ListReloadEventsRequest request;
  set(&request);
  return EventList(*EventQueryOf(request)).PageOf({std::make_shared<v1::ReloadEvent>(event)}).total() == 1;
}

TEST(EventListFilters, PassesEverythingUnlessAsked) {
  EXPECT_TRUE(Passes(Reload(), [](auto*) {}));
}

TEST(EventListFilters, FiltersByTriggerReplicaAndOutcome) {
  EXPECT_TRUE(Passes(Reload(), [](auto* r) { r->set_trigger_type("manual"); }));
  EXPECT_FALSE(Passes(Reload(), [](auto* r) { r->set_trigger_type("startup"); }));
  EXPECT_TRUE(Passes(Reload(), [](auto* r) { r->set_replica("blue"); }));
  EXPECT_FALSE(Passes(Reload(), [](auto* r) { r->set_replica("green"); }));
  EXPECT_TRUE(Passes(Reload(), [](auto* r) { r->set_success(true); }));
  EXPECT_FALSE(Passes(Reload(), [](auto* r) { r->set_success(false); }));
}

TEST(EventListFilters, FindsToolsInAnyCaseAndWherever) {
  v1::ReloadEvent one = Reload();
  one.clear_tool_names();
  one.set_tool_name("Nmap");
  EXPECT_TRUE(Passes(one, [](auto* r) { r->set_tool_name("nMAP"); }));
  EXPECT_FALSE(Passes(one, [](auto* r) { r->set_tool_name("grep"); }));
  EXPECT_TRUE(Passes(Reload(), [](auto* r) { r->set_tool_name("gREP"); }));
  EXPECT_FALSE(Passes(Reload(), [](auto* r) { r->set_tool_name("gre"); }));
}

TEST(EventListFilters, SinceIsInclusiveAndUntilIsNot) {
  for (const int nanos : {4000, 5000, 6000}) {
    const auto set = [nanos](google::protobuf::Timestamp* time) {
      time->set_seconds(100);
      time->set_nanos(nanos);
    };
    EXPECT_EQ(Passes(Reload(), [&](auto* r) { set(r->mutable_since()); }), nanos <= 5000) << nanos;
    EXPECT_EQ(Passes(Reload(), [&](auto* r) { set(r->mutable_until()); }), nanos > 5000) << nanos;
  }
}

}  // namespace
}  // namespace toolcatalog
