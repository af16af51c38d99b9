#include "common/rpc/event_page.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/util/time_util.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

v1::ReloadEvent EventOf(int64_t micros, const std::string& replica, int64_t id) {
  v1::ReloadEvent event;
  *event.mutable_timestamp() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(micros);
  event.set_replica(replica);
  event.set_boot_id("boot");
  event.set_event_id(id);
  return event;
}

// The request for the page after an event.
v1::ListReloadEventsRequest After(const v1::ReloadEvent& event, v1::ListReloadEventsRequest request = {}) {
  request.set_page_token(NextEventPageToken(*EventQueryOf(request), event));
  return request;
}

std::string Refusal(const std::function<void(v1::ListReloadEventsRequest*)>& set) {
  v1::ListReloadEventsRequest request;
  set(&request);
  const absl::Status status = EventQueryOf(request).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(EventPage, NewerEventsComeFirstAndTiesHaveAnOrder) {
  EXPECT_TRUE(IsBefore(PlaceOf(EventOf(2, "a", 1)), PlaceOf(EventOf(1, "a", 2))));
  EXPECT_TRUE(IsBefore(PlaceOf(EventOf(1, "a", 2)), PlaceOf(EventOf(1, "a", 1))));
  EXPECT_TRUE(IsBefore(PlaceOf(EventOf(1, "a", 1)), PlaceOf(EventOf(1, "b", 9))));
  EXPECT_FALSE(IsBefore(PlaceOf(EventOf(1, "a", 1)), PlaceOf(EventOf(1, "a", 1))));
}

TEST(EventPage, ATokenLeadsBackToItsPlace) {
  v1::ListReloadEventsRequest request;
  request.set_trigger_type("manual");
  EXPECT_FALSE(EventQueryOf(request)->after.has_value());
  request = After(EventOf(1234567, "a:8082", 7), request);
  request.set_limit(3);
  const auto query = EventQueryOf(request);
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(absl::ToUnixMicros(query->after->ended), 1234567);
  EXPECT_EQ(query->after->replica, "a:8082");
  EXPECT_EQ(query->after->event_id, 7);
}

// The catalog stores times in microseconds, rounded up; a token with another time would skip events.
TEST(EventPage, ATokenHasTheTimeThatIsStored) {
  v1::ReloadEvent event = EventOf(1234567, "a", 7);
  event.mutable_timestamp()->set_nanos(event.timestamp().nanos() + 1);
  const auto query = EventQueryOf(After(event));
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(absl::ToUnixMicros(query->after->ended), 1234568);
  EXPECT_TRUE(IsBefore(*query->after, PlaceOf(EventOf(1234568, "b", 1))));
}

TEST(EventPage, ATokenOfOtherFiltersOrADamagedOneIsRefused) {
  const v1::ListReloadEventsRequest good = After(EventOf(1, "a", 1));
  v1::ListReloadEventsRequest damaged = good, other = good;
  damaged.set_page_token(good.page_token().substr(0, good.page_token().size() - 4));
  other.set_replica("b");
  EXPECT_TRUE(EventQueryOf(good).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(EventQueryOf(damaged).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(EventQueryOf(other).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(EventQueryOf(After(EventOf(1, "a", -1))).status()));
}

TEST(EventPage, FiltersAreRead) {
  EXPECT_EQ(EventQueryOf({})->limit, 50);
  EXPECT_FALSE(EventQueryOf({})->success.has_value());
  v1::ListReloadEventsRequest request;
  request.set_limit(7);
  request.set_tool_name("GreP");
  request.set_trigger_type("manual");
  request.set_success(false);
  request.set_replica("blue");
  request.mutable_since()->set_nanos(1);
  request.mutable_until()->set_seconds(5);
  const auto query = EventQueryOf(request);
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(query->limit, 7);
  EXPECT_EQ(query->name_key, "grep");
  EXPECT_EQ(query->trigger_type, "manual");
  EXPECT_EQ(query->success, false);
  EXPECT_EQ(query->replica, "blue");
  EXPECT_EQ(query->since, absl::FromUnixMicros(1));
  EXPECT_EQ(query->until, absl::FromUnixSeconds(5));
}

TEST(EventPage, WhatBreaksARuleIsRefused) {
  EXPECT_EQ(Refusal([](auto* r) { r->set_trigger_type("often"); }),
            "trigger_type: unknown value \"often\"; allowed: manual, api_update, periodic, webhook, startup");
  EXPECT_EQ(Refusal([](auto* r) { r->set_tool_name("no name"); }).substr(0, 10), "tool_name:");
  EXPECT_EQ(Refusal([](auto* r) { r->set_replica(std::string(101, 'x')); }),
            "replica: must be at most 100 characters, got 101");
  EXPECT_EQ(Refusal([](auto* r) { r->mutable_since()->set_nanos(-1); }),
            "since: must be a time of the years 1 to 9999");
  EXPECT_EQ(Refusal([](auto* r) { r->set_limit(1001); }), "limit: must be from 1 to 1000, got 1001");
}

TEST(EventPage, EveryViolationIsNamed) {
  EXPECT_EQ(Refusal([](auto* r) {
              r->set_replica("a\nb");
              r->mutable_since()->set_seconds(5);
              r->mutable_until()->set_seconds(5);
            }),
            "replica: must be printable, got \"a<U+000A>b\"; until: must be later than since");
}

}  // namespace
}  // namespace toolcatalog
