// An edit in the catalog becomes a fresh profile, with an event in the history that the statistics count.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/rpc/grpc_status.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

class EditToProfileTest : public EndToEndFixture {
 protected:
  v1::ListReloadEventsResponse History(const std::string& trigger, int index = 0) {
    grpc::ClientContext context;
    v1::ListReloadEventsRequest request;
    request.set_limit(1000);
    request.set_trigger_type(trigger);
    v1::ListReloadEventsResponse response;
    EXPECT_THAT(reload(index).ListReloadEvents(&context, request, &response), IsOk());
    return response;
  }
  v1::ReloadStatistics Statistics() {
    grpc::ClientContext context;
    v1::ReloadStatistics statistics;
    EXPECT_THAT(reload().GetReloadStatistics(&context, {}, &statistics), IsOk());
    return statistics;
  }
  v1::TriggerReloadResponse Trigger(const std::string& tool, const std::string& who) {
    grpc::ClientContext context;
    v1::TriggerReloadRequest request;
    request.set_tool_name(tool);
    request.set_triggered_by(who);
    v1::TriggerReloadResponse response;
    EXPECT_THAT(reload().TriggerReload(&context, request, &response), IsOk());
    return response;
  }
  bool AwaitDescription(int index, const std::string& name, const std::string& description) {
    return Await(
        [&] {
          grpc::ClientContext context;
          v1::GetProfileRequest request;
          request.set_tool_name(name);
          v1::Profile profile;
          return reload(index).GetProfile(&context, request, &profile).ok() &&
                 profile.tool().description() == description;
        },
        kPatience);
  }
};

TEST_F(EditToProfileTest, ShowsTheEditAndOneEventForIt) {
  Start(1, {0});
  CreateTools({"grep"});
  ASSERT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  const int events_before = History("api_update").total();
  ASSERT_THAT(Describe(catalog(), "grep", "Updated", "alice"), IsOk());
  ASSERT_TRUE(AwaitDescription(0, "grep", "Updated"));
  ASSERT_TRUE(Await([&] { return History("api_update").total() > events_before; }, kPatience));
  const v1::ListReloadEventsResponse history = History("api_update");
  ASSERT_EQ(history.total(), events_before + 1);
  const v1::ReloadEvent& event = history.history(0);
  EXPECT_EQ(event.trigger(), "api_update");
  EXPECT_EQ(event.tool_name(), "grep");
  EXPECT_EQ(event.triggered_by(), "alice");
  EXPECT_TRUE(event.success());
  EXPECT_FALSE(event.has_error());
  EXPECT_GT(event.duration_ms(), 0);
  EXPECT_EQ(event.revision(), Revision(catalog()).value_or(-1));
}

TEST_F(EditToProfileTest, CountsInItsStatisticsWhatTheHistoryHas) {
  Start(1, {0});
  CreateTools({"grep", "sed"});
  ASSERT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  EXPECT_TRUE(Trigger("", "bob").success());
  EXPECT_TRUE(Trigger("grep", "bob").success());
  const v1::TriggerReloadResponse failed = Trigger("no_such_tool", "bob");
  EXPECT_FALSE(failed.success());
  EXPECT_EQ(failed.event().error(), "Tool not found: no_such_tool");
  const v1::ListReloadEventsResponse history = History("");
  const v1::ReloadStatistics statistics = Statistics();
  int successes = 0;
  double duration_ms = 0;
  for (const v1::ReloadEvent& event : history.history()) {
    successes += event.success() ? 1 : 0;
    duration_ms += event.duration_ms();
  }
  EXPECT_EQ(statistics.total_reloads(), history.total());
  EXPECT_EQ(statistics.total_reloads(), history.history_size());
  EXPECT_EQ(statistics.successful_reloads(), successes);
  EXPECT_EQ(statistics.failed_reloads(), history.total() - successes);
  EXPECT_NEAR(statistics.success_rate(), 100.0 * successes / history.total(), 0.01);
  EXPECT_NEAR(statistics.average_duration_ms(), duration_ms / history.total(), 0.01);
  EXPECT_EQ(statistics.last_reload().timestamp().nanos(), history.history(0).timestamp().nanos());
  EXPECT_EQ(statistics.last_reload().success(), history.history(0).success());
  EXPECT_EQ(History("startup").total(), 1);
  EXPECT_EQ(History("manual").total(), 3);
  EXPECT_EQ(History("manual").history(0).triggered_by(), "bob");
}

TEST_F(EditToProfileTest, GoesFromEitherCatalogToBothReloadServices) {
  Start(2, {0, 1});
  CreateTools({"grep"});
  for (int writer : {0, 1}) {
    const std::string description = writer == 0 ? "through the first" : "through the second";
    ASSERT_THAT(Describe(catalog(writer), "grep", description), IsOk());
    EXPECT_TRUE(AwaitDescription(0, "grep", description));
    EXPECT_TRUE(AwaitDescription(1, "grep", description));
    EXPECT_EQ(Get(catalog(1 - writer), "grep").value().tool().description(), description);
  }
  for (int service : {0, 1}) EXPECT_EQ(AwaitEqualProfiles(catalog(service), reload(service)), "");
}

}  // namespace
}  // namespace toolcatalog
