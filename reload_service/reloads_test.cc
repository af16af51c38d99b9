// Reloads, freezes and the periodic comparison through the real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "reload_service/reload_server_fixture.h"
#include "tests/support/await.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

class ReloadsTest : public ReloadServerFixture {};

TEST_F(ReloadsTest, ReloadsOneTool) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Trigger("grep", "admin", &response).ok());
  EXPECT_TRUE(response.success());
  EXPECT_EQ(response.event().trigger(), "manual");
  EXPECT_EQ(response.event().tool_name(), "grep");
  EXPECT_EQ(response.event().triggered_by(), "admin");
  EXPECT_FALSE(response.event().has_error());
  EXPECT_EQ(Profile("grep").tool().revision(), 6);
}

TEST_F(ReloadsTest, ReloadOfADisabledToolSucceedsAndRemovesItsProfile) {
  Load({TestTool("grep", "1.0", 5)});
  v1::Tool disabled = TestTool("grep", "1.0", 6);
  disabled.set_enabled(false);
  catalog_.SetTool(disabled, 6);
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Trigger("grep", "", &response).ok());
  EXPECT_TRUE(response.success());
  EXPECT_FALSE(response.event().has_triggered_by());
  v1::Profile profile;
  EXPECT_EQ(Get("grep", &profile).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ReloadsTest, ReloadOfAnUnknownToolIsAnAnswer) {
  Load({TestTool("grep", "1.0", 5)});
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Trigger("Invalid_Tool", "", &response).ok());
  EXPECT_FALSE(response.success());
  EXPECT_FALSE(response.event().success());
  EXPECT_EQ(response.event().tool_name(), "Invalid_Tool");
  EXPECT_EQ(response.event().error(), "Tool not found: Invalid_Tool");
}

TEST_F(ReloadsTest, ReloadNamesTheActorOfTheCallUnlessToldOtherwise) {
  Load({});
  Context context;
  context.AddMetadata("x-actor", "operator");
  v1::TriggerReloadRequest request;
  request.set_tool_name("grep");
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(stub_->TriggerReload(&context, request, &response).ok());
  EXPECT_EQ(response.event().triggered_by(), "operator");
}

TEST_F(ReloadsTest, AnActorNeedNotBeAscii) {
  Load({});
  const auto reload_as = [&](const std::string& actor, v1::TriggerReloadResponse* response) {
    Context context;
    context.AddMetadata("x-actor-bin", actor);
    v1::TriggerReloadRequest request;
    request.set_tool_name("grep");
    return stub_->TriggerReload(&context, request, response);
  };
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(reload_as("J\u00fcrgen", &response).ok());
  EXPECT_EQ(response.event().triggered_by(), "J\u00fcrgen");
  EXPECT_EQ(reload_as("J\xfcrgen", &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(reload_as("a\nb", &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReloadsTest, ReloadOfEverythingAnswersWhenItIsServed) {
  Load({TestTool("grep", "1.0", 5)});
  auto reload = std::async(std::launch::async, [this] {
    v1::TriggerReloadResponse response;
    EXPECT_TRUE(Trigger("", "admin", &response).ok());
    return response;
  });
  watch_ = catalog_.AwaitWatch();
  watch_->Send(SnapshotMessage(6, {TestTool("grep", "1.0", 6)}));
  const v1::TriggerReloadResponse response = reload.get();
  EXPECT_TRUE(response.success());
  EXPECT_FALSE(response.event().has_tool_name());
  EXPECT_EQ(response.event().revision(), 6);
  EXPECT_EQ(Profile("grep").tool().revision(), 6);
}

TEST_F(ReloadsTest, ReloadWithoutTheCatalogFailsAndServesOn) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.Stop();
  for (const char* name : {"", "grep"}) {
    v1::TriggerReloadResponse response;
    ASSERT_TRUE(Trigger(name, "", &response).ok());
    EXPECT_FALSE(response.success());
    EXPECT_NE(response.event().error(), "");
  }
  EXPECT_EQ(Profile("grep").tool().revision(), 5);
}

TEST_F(ReloadsTest, FreezesAndThaws) {
  Load({TestTool("grep", "1.0", 5)});
  Context first, second, third;
  first.AddMetadata("x-actor", "operator");
  v1::FreezeRequest freeze;
  freeze.set_reason("release");
  v1::FreezeState state;
  ASSERT_TRUE(stub_->Freeze(&first, freeze, &state).ok());
  EXPECT_TRUE(state.frozen());
  EXPECT_EQ(state.reason(), "release");
  EXPECT_EQ(state.revision(), 5);
  for (const char* name : {"", "grep"}) {
    v1::TriggerReloadResponse response;
    const grpc::Status status = Trigger(name, "", &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_THAT(status.error_message(), HasSubstr("release"));
  }
  EXPECT_EQ(Profile("grep").tool().revision(), 5);
  EXPECT_TRUE(Profile("grep").frozen());
  v1::ListProfilesResponse list;
  ASSERT_TRUE(List(10, "", &list).ok());
  EXPECT_TRUE(list.profiles(0).frozen());
  ASSERT_TRUE(stub_->Thaw(&second, {}, &state).ok());
  EXPECT_FALSE(state.frozen());
  watch_ = catalog_.AwaitWatch();
  EXPECT_EQ(watch_->request().from_revision(), 5);
  EXPECT_FALSE(Profile("grep").frozen());
  freeze.set_reason("a\nb");
  EXPECT_EQ(stub_->Freeze(&third, freeze, &state).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReloadsTest, TurnsThePeriodicComparisonOn) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.SetTool(TestTool("grep", "1.0", 5), 5);
  Context first, second;
  v1::SetPeriodicReloadRequest request;
  request.set_interval_seconds(1);
  v1::PeriodicReload periodic;
  EXPECT_EQ(stub_->SetPeriodicReload(&first, request, &periodic).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_enabled(true);
  ASSERT_TRUE(stub_->SetPeriodicReload(&second, request, &periodic).ok());
  EXPECT_TRUE(periodic.enabled());
  EXPECT_EQ(periodic.interval_seconds(), 1);
  Await([this] { return Statistics().total_reloads() >= 2; }, kPatience);
  const v1::ListReloadEventsResponse events = Events("periodic");
  ASSERT_GE(events.history_size(), 1);
  EXPECT_TRUE(events.history(0).success()) << events.history(0).error();
}

TEST_F(ReloadsTest, KeepsTheReasonOfAReload) {
  Load({TestTool("grep", "1.0", 5)});
  Context context;
  v1::TriggerReloadRequest request;
  request.set_tool_name("grep");
  request.set_reason("typo");
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(stub_->TriggerReload(&context, request, &response).ok());
  EXPECT_EQ(response.event().reason(), "typo");
}

}  // namespace
}  // namespace toolcatalog
