#include "catalog_service/replicas/replica_report_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(3000);

internal::v1::ReportReloadEventsRequest GoodReport() {
  internal::v1::ReportReloadEventsRequest request;
  v1::Replica& replica = *request.mutable_replica();
  replica.set_name("host:8082");
  replica.set_boot_id("00ff");
  replica.set_state("live");
  replica.mutable_started_at()->set_seconds(1000);
  for (int id = 3; id <= 4; ++id) {
    v1::ReloadEvent& event = *request.add_events();
    event.set_replica("host:8082");
    event.set_boot_id("00ff");
    event.set_event_id(id);
    event.set_trigger("api_update");
    event.mutable_timestamp()->set_seconds(2000);
    event.add_tool_names("grep");
  }
  return request;
}

struct Spoiled {
  std::function<void(internal::v1::ReportReloadEventsRequest&)> spoil;
  // What the message must have.
  std::vector<std::string> parts;
};

TEST(ReloadReportRulesTest, AReportNamesFieldRuleAndValue) {
  EXPECT_THAT(CheckReport(GoodReport(), kNow), IsOk());
  const Spoiled cases[] = {
      {[](auto& r) { r.clear_replica(); }, {"replica: is required"}},
      {[](auto& r) { r.mutable_replica()->clear_name(); }, {"replica.name: is required"}},
      {[](auto& r) { r.mutable_replica()->set_name(std::string(101, 'a')); }, {"replica.name", "100", "101"}},
      {[](auto& r) { r.mutable_replica()->set_boot_id("a\nb"); }, {"replica.boot_id", "printable"}},
      {[](auto& r) { r.mutable_replica()->set_state("lost"); }, {"replica.state", "\"lost\"", "disconnected"}},
      {[](auto& r) { r.mutable_replica()->clear_started_at(); }, {"replica.started_at: is required"}},
      {[](auto& r) { r.mutable_replica()->mutable_started_at()->set_seconds(3061); },
       {"replica.started_at", "future", "1970-01-01T00:51:01+00:00"}},
      {[](auto& r) { r.mutable_replica()->mutable_applied_at()->set_nanos(-1); }, {"replica.applied_at"}},
      {[](auto& r) { r.mutable_replica()->set_applied_revision(-1); },
       {"replica.applied_revision", "at least 0", "-1"}},
      {[](auto& r) { r.mutable_replica()->set_freeze_reason(std::string(1001, 'a')); }, {"freeze_reason", "1000"}},
      {[](auto& r) { r.mutable_replica()->mutable_statistics()->set_boot_id(std::string(70000, 'a')); },
       {"replica.statistics", "65536"}},
      {[](auto& r) { r.mutable_events(1)->set_event_id(3); }, {"events[1].event_id", "at least 4", "got 3"}},
      {[](auto& r) { r.mutable_events(0)->set_event_id(0); }, {"events[0].event_id", "at least 1"}},
      {[](auto& r) { r.mutable_events(0)->set_event_id(std::numeric_limits<int64_t>::max()); },
       {"events[0].event_id", "at most 9223372036854775806", "got 9223372036854775807", "events[1].event_id"}},
      {[](auto& r) { r.mutable_events(1)->set_event_id(std::numeric_limits<int64_t>::max()); },
       {"events[1].event_id", "at most 9223372036854775806"}},
      {[](auto& r) { r.mutable_events(0)->set_missing_before(3); }, {"events[0].missing_before", "event_id", "3"}},
      {[](auto& r) { r.mutable_events(0)->set_missing_before(-1); }, {"events[0].missing_before", "at least 0"}},
      {[](auto& r) { r.mutable_events(0)->set_replica("other"); }, {"events[0].replica", "host:8082", "other"}},
      {[](auto& r) { r.mutable_events(0)->set_boot_id("other"); }, {"events[0].boot_id", "00ff", "other"}},
      {[](auto& r) { r.mutable_events(0)->set_trigger("magic"); }, {"events[0].trigger", "magic", "api_update"}},
      {[](auto& r) { r.mutable_events(0)->clear_timestamp(); }, {"events[0].timestamp: is required"}},
      {[](auto& r) { r.mutable_events(0)->set_error(std::string(70000, 'a')); }, {"events[0]", "65536"}},
      {[](auto& r) { r.mutable_events(0)->set_tool_names(0, std::string("a\0b", 3)); }, {"events[0].tool_names[0]"}},
      {[](auto& r) {
         for (int i = 0; i < 100; ++i) r.mutable_events(0)->add_tool_names("a");
       },
       {"events[0].tool_names", "100", "101"}},
      {[](auto& r) {
         for (int i = 0; i < 999; ++i) r.add_events();
       },
       {"events", "1000", "1001"}}};
  for (const Spoiled& wrong : cases) {
    internal::v1::ReportReloadEventsRequest request = GoodReport();
    wrong.spoil(request);
    const absl::Status status = CheckReport(request, kNow);
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument)) << wrong.parts[0];
    for (const std::string& part : wrong.parts) EXPECT_THAT(std::string(status.message()), HasSubstr(part));
  }
}

TEST(ReloadReportRulesTest, HooksHaveNamesThatFitIntoPathsAndUrls) {
  v1::Hook hook;
  hook.set_name("Team_a-1.x");
  hook.set_url("https://example.com/hook");
  hook.add_triggers("manual");
  EXPECT_THAT(CheckStoredHook(hook), IsOk());
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a/b"), std::string("."),
                                  std::string(".."), std::string(101, 'a')}) {
    v1::Hook wrong = hook;
    wrong.set_name(name);
    EXPECT_THAT(std::string(CheckStoredHook(wrong).message()), HasSubstr("hook.name")) << name;
    EXPECT_THAT(CheckHookName(name), HasCode(absl::StatusCode::kInvalidArgument)) << name;
  }
  for (const std::string& url : {std::string(), std::string("ftp://a"), "http://" + std::string(2000, 'a')}) {
    v1::Hook wrong = hook;
    wrong.set_url(url);
    EXPECT_THAT(std::string(CheckStoredHook(wrong).message()), HasSubstr("hook.url")) << url;
  }
  v1::Hook wrong = hook;
  wrong.add_triggers("magic");
  EXPECT_THAT(std::string(CheckStoredHook(wrong).message()), HasSubstr("hook.triggers[1]"));
  hook.set_secret(std::string(101, 'a'));
  EXPECT_THAT(std::string(CheckStoredHook(hook).message()), HasSubstr("hook.secret"));
}

}  // namespace
}  // namespace toolcatalog
