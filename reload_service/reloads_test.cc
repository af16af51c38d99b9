// Reloads, history and streams through the real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "reload_service/reload_server_fixture.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

TEST_F(ReloadRpcsTest, RefusesBadHistoryRequests) {
  v1::ListReloadEventsRequest limit, trigger;
  limit.set_limit(0);
  trigger.set_trigger_type("often");
  v1::ListReloadEventsResponse response;
  Context first, second;
  EXPECT_EQ(stub_->ListReloadEvents(&first, limit, &response).error_message(), "limit: must be from 1 to 1000, got 0");
  EXPECT_THAT(stub_->ListReloadEvents(&second, trigger, &response).error_message(),
              HasSubstr("manual, api_update, periodic, webhook, startup"));
}

TEST_F(ReloadRpcsTest, ReloadsOneTool) {
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

TEST_F(ReloadRpcsTest, ReloadOfADisabledToolSucceedsAndRemovesItsProfile) {
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

TEST_F(ReloadRpcsTest, ReloadOfAnUnknownToolIsAnAnswer) {
  Load({TestTool("grep", "1.0", 5)});
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Trigger("Invalid_Tool", "", &response).ok());
  EXPECT_FALSE(response.success());
  EXPECT_FALSE(response.event().success());
  EXPECT_EQ(response.event().tool_name(), "Invalid_Tool");
  EXPECT_EQ(response.event().error(), "Tool not found: Invalid_Tool");
}

TEST_F(ReloadRpcsTest, ReloadNamesTheActorOfTheCallUnlessToldOtherwise) {
  Load({});
  Context context;
  context.AddMetadata("x-actor", "operator");
  v1::TriggerReloadRequest request;
  request.set_tool_name("grep");
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(stub_->TriggerReload(&context, request, &response).ok());
  EXPECT_EQ(response.event().triggered_by(), "operator");
}

TEST_F(ReloadRpcsTest, ReloadOfEverythingAnswersWhenItIsServed) {
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

TEST_F(ReloadRpcsTest, ReloadWithoutTheCatalogFailsAndServesOn) {
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

TEST_F(ReloadRpcsTest, HistoryAndStatisticsAgree) {
  Load({});
  v1::TriggerReloadResponse reload;
  ASSERT_TRUE(Trigger("unknown", "", &reload).ok());
  Context context;
  v1::ListReloadEventsRequest request;
  request.set_trigger_type("manual");
  v1::ListReloadEventsResponse events;
  ASSERT_TRUE(stub_->ListReloadEvents(&context, request, &events).ok());
  ASSERT_EQ(events.history_size(), 1);
  EXPECT_EQ(events.total(), 1);
  EXPECT_EQ(events.history(0).event_id(), reload.event().event_id());
  const v1::ReloadStatistics statistics = Statistics();
  EXPECT_EQ(statistics.total_reloads(), 2);
  EXPECT_EQ(statistics.failed_reloads(), 1);
  EXPECT_EQ(statistics.success_rate(), 50);
  EXPECT_FALSE(statistics.last_reload().success());
}

TEST_F(ReloadRpcsTest, HistoryIsOfAllReplicasAndHasAnEventAtOnce) {
  Load({});
  v1::ReloadEvent other;
  other.set_trigger("manual");
  other.set_replica("green");
  other.set_event_id(7);
  other.mutable_timestamp()->set_seconds(1000);
  catalog_.StoreEvent(other);
  catalog_.AnswerReports(grpc::Status(grpc::StatusCode::UNAVAILABLE, "away"));
  v1::TriggerReloadResponse reload;
  ASSERT_TRUE(Trigger("unknown", "", &reload).ok());
  Context context;
  v1::ListReloadEventsRequest request;
  request.set_trigger_type("manual");
  v1::ListReloadEventsResponse events;
  ASSERT_TRUE(stub_->ListReloadEvents(&context, request, &events).ok());
  ASSERT_EQ(events.history_size(), 2);
  EXPECT_EQ(events.total(), 2);
  EXPECT_FALSE(events.partial());
  EXPECT_EQ(events.history(0).replica(), "blue");
  EXPECT_EQ(events.history(0).boot_id(), reload.event().boot_id());
  EXPECT_EQ(events.history(1).replica(), "green");
}

TEST_F(ReloadRpcsTest, HistoryWithoutTheCatalogIsThatOfThisProcess) {
  Load({});
  catalog_.FailLists(grpc::Status(grpc::StatusCode::UNAVAILABLE, "away"));
  Context context;
  v1::ListReloadEventsResponse events;
  ASSERT_TRUE(stub_->ListReloadEvents(&context, {}, &events).ok());
  EXPECT_TRUE(events.partial());
  EXPECT_EQ(events.total(), 1);
  EXPECT_EQ(events.history(0).trigger(), "startup");
}

TEST_F(ReloadRpcsTest, StatisticsOfOtherReplicasAndOfAll) {
  Load({});
  std::vector<v1::Replica> replicas(3);
  const std::vector<std::string> names = {"green", "lost", "blue"}, states = {"live", "lost", "live"};
  for (int i = 0; i < 3; ++i) {
    replicas[i].set_name(names[i]);
    replicas[i].set_state(states[i]);
    replicas[i].mutable_statistics()->set_replica(names[i]);
    replicas[i].mutable_statistics()->set_total_reloads(10);
    replicas[i].mutable_statistics()->set_replicas(1);
  }
  catalog_.SetReplicas(replicas);
  const auto get = [this](const std::string& replica, bool all, v1::ReloadStatistics* statistics) {
    Context context;
    v1::GetReloadStatisticsRequest request;
    request.set_replica(replica);
    request.set_all(all);
    return stub_->GetReloadStatistics(&context, request, statistics).error_code();
  };
  v1::ReloadStatistics statistics;
  ASSERT_EQ(get("green", false, &statistics), grpc::StatusCode::OK);
  EXPECT_EQ(statistics.total_reloads(), 10);
  ASSERT_EQ(get("blue", false, &statistics), grpc::StatusCode::OK);
  EXPECT_EQ(statistics.total_reloads(), 1);
  ASSERT_EQ(get("", true, &statistics), grpc::StatusCode::OK);
  EXPECT_EQ(statistics.total_reloads(), 11);
  EXPECT_EQ(statistics.replicas(), 2);
  EXPECT_EQ(get("lost", false, &statistics), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(get("blue", true, &statistics), grpc::StatusCode::INVALID_ARGUMENT);
  catalog_.FailLists(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "old"));
  EXPECT_EQ(get("", true, &statistics), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ReloadRpcsTest, StreamsEventsFromNowOn) {
  Load({TestTool("grep", "1.0", 5)});
  Context context;
  auto reader = stub_->WatchReloads(&context, {});
  reader->WaitForInitialMetadata();
  watch_->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  watch_->Send(ChangesMessage(7, {StoredChange(TestTool("ping", "1.0", 7))}));
  v1::ReloadEvent event;
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.event_id(), 2);
  EXPECT_EQ(event.tool_name(), "grep");
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.event_id(), 3);
  EXPECT_EQ(event.tool_name(), "ping");
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ReloadRpcsTest, FreezesAndThaws) {
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

TEST_F(ReloadRpcsTest, TurnsThePeriodicComparisonOn) {
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
  const absl::Time deadline = absl::Now() + kPatience;
  while (Statistics().total_reloads() < 2 && absl::Now() < deadline) std::this_thread::yield();
  Context third;
  v1::ListReloadEventsRequest list;
  list.set_trigger_type("periodic");
  v1::ListReloadEventsResponse events;
  ASSERT_TRUE(stub_->ListReloadEvents(&third, list, &events).ok());
  ASSERT_GE(events.history_size(), 1);
  EXPECT_TRUE(events.history(0).success()) << events.history(0).error();
}

TEST_F(ReloadRpcsTest, KeepsTheReasonOfAReload) {
  Load({TestTool("grep", "1.0", 5)});
  Context context;
  v1::TriggerReloadRequest request;
  request.set_tool_name("grep");
  request.set_reason("typo");
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(stub_->TriggerReload(&context, request, &response).ok());
  EXPECT_EQ(response.event().reason(), "typo");
}

TEST_F(ReloadRpcsTest, DrainsWhileAHandlerHangs) {
  Load({TestTool("grep", "1.0", 5)});
  auto release = std::make_shared<absl::Notification>();
  const auto hangs = [release](const auto&) { return release->WaitForNotification(), absl::OkStatus(); };
  ASSERT_TRUE(server_->RegisterHandler("hangs", hangs, absl::Seconds(5)).ok());
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  auto reload = std::async(std::launch::async, [this] {
    v1::TriggerReloadResponse response;
    EXPECT_TRUE(Trigger("grep", "admin", &response).ok());
    return response.event().error();
  });
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  const absl::Time start = absl::Now();
  server_->Drain();
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
  EXPECT_EQ(reload.get(), "hangs: the service is stopping");
  release->Notify();
}

TEST_F(ReloadRpcsTest, DrainsWhileTheCatalogHangs) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.HoldGetTool(true);
  catalog_.HoldReports(true);
  // The second waits for a fetch that begins after the first.
  std::vector<std::future<bool>> reloads;
  for (int i = 0; i < 2; ++i) {
    reloads.push_back(std::async(std::launch::async, [this] {
      v1::TriggerReloadResponse response;
      Trigger("grep", "admin", &response);
      return response.success();
    }));
  }
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  const absl::Time start = absl::Now();
  server_->Drain();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  for (auto& reload : reloads) EXPECT_FALSE(reload.get());
}

TEST_F(ReloadRpcsTest, DrainsWithOpenStreamsAndCallsInFlight) {
  Load({TestTool("grep", "1.0", 5)});
  std::vector<std::unique_ptr<Context>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ReloadEvent>>> readers;
  for (int i = 0; i < 10; ++i) {
    contexts.push_back(std::make_unique<Context>());
    readers.push_back(stub_->WatchReloads(contexts.back().get(), {}));
    readers.back()->WaitForInitialMetadata();
  }
  Invalidate("grep");
  catalog_.HoldGetTool(true);
  auto read = std::async(std::launch::async, [this] { return Profile("grep").stale(); });
  auto reload = std::async(std::launch::async, [this] {
    v1::TriggerReloadResponse response;
    EXPECT_TRUE(Trigger("", "admin", &response).ok());
    return response.event().error();
  });
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  ASSERT_NE(catalog_.AwaitWatch(), nullptr);
  const absl::Time start = absl::Now();
  server_->Drain();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_TRUE(read.get());
  EXPECT_EQ(reload.get(), "the service is stopping");
  for (auto& reader : readers) {
    v1::ReloadEvent event;
    while (reader->Read(&event)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
}

}  // namespace
}  // namespace toolcatalog
