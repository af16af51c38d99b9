// Reloads of single tools, as the coordinator carries them out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "common/steady_time.h"
#include "reload_service/follow/reload_coordinator_fixture.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

class ToolReloadsTest : public ReloadCoordinatorFixture {};

TEST_F(ToolReloadsTest, ReloadsOneTool) {
  StartAt5();
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  const v1::ReloadEvent event = ReloadTool("GREP", "admin").get();
  EXPECT_EQ(event.trigger(), "manual");
  EXPECT_EQ(event.tool_name(), "GREP");
  EXPECT_EQ(event.triggered_by(), "admin");
  EXPECT_TRUE(event.success()) << event.error();
  EXPECT_EQ(cache_.Get("grep").entry->as_of, 6);
  EXPECT_EQ(history_.last_event_id(), 2);
}

TEST_F(ToolReloadsTest, UnknownToolFailsAndItsProfileGoes) {
  StartAt5();
  catalog_.RemoveTool("grep", 6);
  const v1::ReloadEvent event = ReloadTool("Grep", "").get();
  EXPECT_FALSE(event.success());
  EXPECT_EQ(event.error(), "Tool not found: Grep");
  EXPECT_FALSE(event.has_triggered_by());
  EXPECT_FALSE(cache_.Get("grep").entry->has_profile());
}

TEST_F(ToolReloadsTest, FailedFetchKeepsTheProfile) {
  StartAt5();
  catalog_.FailGetTool(grpc::Status(grpc::StatusCode::UNAVAILABLE, "database is down"));
  const v1::ReloadEvent event = ReloadTool("grep", "").get();
  EXPECT_FALSE(event.success());
  EXPECT_EQ(event.error(), "catalog: database is down");
  EXPECT_TRUE(cache_.Get("grep").entry->has_profile());
}

TEST_F(ToolReloadsTest, RequestsForOneToolShareAFetchThatBeginsAfterThem) {
  StartAt5();
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.HoldGetTool(true);
  auto first = ReloadTool("grep", "admin");
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  // The catalog has read its first answer; those who come now need a later one.
  catalog_.SetTool(TestTool("grep", "1.0", 7), 7);
  std::vector<std::future<v1::ReloadEvent>> others;
  for (int i = 0; i < 10; ++i) others.push_back(ReloadTool("grep", i < 9 ? "admin" : "somebody"));
  catalog_.HoldGetTool(false);
  EXPECT_EQ(first.get().event_id(), 2);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(others[i].get().event_id(), i < 9 ? 3 : 4);
  EXPECT_EQ(catalog_.get_tool_calls(), 2);
  EXPECT_EQ(cache_.Get("grep").entry->as_of, 7);
  EXPECT_EQ(history_.last_event_id(), 4);
}

TEST_F(ToolReloadsTest, KeepsWhatAReloadIsForApart) {
  StartAt5();
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.HoldGetTool(true);
  std::vector<std::future<v1::ReloadEvent>> answers;
  const auto reload = [&](const std::string& trigger, const std::string& reason) {
    answers.push_back(Ask({"grep", "admin", SteadyTime::Now(), trigger, reason}));
  };
  reload("manual", "");
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  for (int i = 0; i < 2; ++i) reload("manual", "typo");
  for (int i = 0; i < 2; ++i) reload("webhook", "typo");
  catalog_.HoldGetTool(false);
  std::vector<v1::ReloadEvent> events;
  for (auto& answer : answers) events.push_back(answer.get());
  EXPECT_EQ(history_.last_event_id(), 4);
  EXPECT_EQ(events[1].event_id(), events[2].event_id());
  EXPECT_EQ(events[2].reason(), "typo");
  EXPECT_EQ(events[3].event_id(), events[4].event_id());
  EXPECT_EQ(events[3].trigger(), "webhook");
  EXPECT_EQ(catalog_.get_tool_calls(), 2);
}

TEST_F(ToolReloadsTest, ReadersOfAnInvalidatedProfileShareOneFetchWithoutAnEvent) {
  StartAt5();
  cache_.Invalidate("grep");
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.HoldGetTool(true);
  std::vector<std::future<void>> reads;
  for (int i = 0; i < 10; ++i) reads.push_back(Refresh("grep"));
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  for (int i = 0; i < 10; ++i) reads.push_back(Refresh("grep"));
  catalog_.HoldGetTool(false);
  for (auto& read : reads) read.get();
  EXPECT_EQ(catalog_.get_tool_calls(), 1);
  EXPECT_EQ(cache_.Get("grep").invalid_mark, 0);
  EXPECT_EQ(cache_.Get("grep").entry->as_of, 6);
  EXPECT_EQ(history_.last_event_id(), 1);
}

}  // namespace
}  // namespace toolcatalog
