#include "reload_service/events/event_filter.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace toolcatalog {
namespace {

v1::ReloadEvent Event() {
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

v1::ListReloadEventsRequest Wanted(const std::function<void(v1::ListReloadEventsRequest*)>& set) {
  v1::ListReloadEventsRequest request;
  set(&request);
  return request;
}

bool Passes(const v1::ReloadEvent& event, const std::function<void(v1::ListReloadEventsRequest*)>& set) {
  return EventFilter(Wanted(set)).Passes(event);
}

TEST(EventFilterTest, PassesEverythingUnlessAsked) {
  EXPECT_TRUE(Passes(Event(), [](auto*) {}));
}

TEST(EventFilterTest, FiltersByTriggerReplicaAndOutcome) {
  EXPECT_TRUE(Passes(Event(), [](auto* r) { r->set_trigger_type("manual"); }));
  EXPECT_FALSE(Passes(Event(), [](auto* r) { r->set_trigger_type("startup"); }));
  EXPECT_TRUE(Passes(Event(), [](auto* r) { r->set_replica("blue"); }));
  EXPECT_FALSE(Passes(Event(), [](auto* r) { r->set_replica("green"); }));
  EXPECT_TRUE(Passes(Event(), [](auto* r) { r->set_success(true); }));
  EXPECT_FALSE(Passes(Event(), [](auto* r) { r->set_success(false); }));
}

TEST(EventFilterTest, FindsToolsInAnyCaseAndWherever) {
  v1::ReloadEvent one = Event();
  one.clear_tool_names();
  one.set_tool_name("Nmap");
  EXPECT_TRUE(Passes(one, [](auto* r) { r->set_tool_name("nMAP"); }));
  EXPECT_FALSE(Passes(one, [](auto* r) { r->set_tool_name("grep"); }));
  EXPECT_TRUE(Passes(Event(), [](auto* r) { r->set_tool_name("gREP"); }));
  EXPECT_FALSE(Passes(Event(), [](auto* r) { r->set_tool_name("gre"); }));
}

TEST(EventFilterTest, SinceIsInclusiveAndUntilIsNot) {
  for (const int nanos : {4000, 5000, 6000}) {
    const auto set = [nanos](google::protobuf::Timestamp* time) {
      time->set_seconds(100);
      time->set_nanos(nanos);
    };
    EXPECT_EQ(Passes(Event(), [&](auto* r) { set(r->mutable_since()); }), nanos <= 5000) << nanos;
    EXPECT_EQ(Passes(Event(), [&](auto* r) { set(r->mutable_until()); }), nanos > 5000) << nanos;
  }
}

TEST(EventFilterTest, RefusesWhatBreaksARule) {
  EXPECT_TRUE(CheckEventFilter({}).ok());
  const auto check = [](const std::function<void(v1::ListReloadEventsRequest*)>& set) {
    return std::string(CheckEventFilter(Wanted(set)).message());
  };
  EXPECT_EQ(check([](auto* r) { r->set_trigger_type("often"); }),
            "trigger_type: unknown value \"often\"; allowed: manual, api_update, periodic, webhook, startup");
  EXPECT_NE(check([](auto* r) { r->set_tool_name("no name"); }), "");
  EXPECT_EQ(check([](auto* r) { r->set_replica(std::string(101, 'x')); }),
            "replica: must be at most 100 characters, got 101");
  EXPECT_EQ(check([](auto* r) { r->mutable_since()->set_nanos(-1); }), "since: must be a time of the years 1 to 9999");
  EXPECT_EQ(check([](auto* r) { r->mutable_until()->set_seconds(int64_t{1} << 60); }),
            "until: must be a time of the years 1 to 9999");
  EXPECT_EQ(check([](auto* r) {
              r->mutable_since()->set_seconds(5);
              r->mutable_until()->set_seconds(5);
            }),
            "until: must be later than since");
}

}  // namespace
}  // namespace toolcatalog
