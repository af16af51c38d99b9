// Events, statistics and streams of events through the real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reload_service/reload_server_fixture.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

class EventHistoryTest : public ReloadServerFixture {};

TEST_F(EventHistoryTest, RefusesBadHistoryRequests) {
  v1::ListReloadEventsRequest limit, trigger;
  limit.set_limit(0);
  trigger.set_trigger_type("often");
  v1::ListReloadEventsResponse response;
  Context first, second;
  EXPECT_EQ(stub_->ListReloadEvents(&first, limit, &response).error_message(), "limit: must be from 1 to 1000, got 0");
  EXPECT_THAT(stub_->ListReloadEvents(&second, trigger, &response).error_message(),
              HasSubstr("manual, api_update, periodic, webhook, startup"));
}

TEST_F(EventHistoryTest, HistoryAndStatisticsAgree) {
  Load({});
  v1::TriggerReloadResponse reload;
  ASSERT_TRUE(Trigger("unknown", "", &reload).ok());
  const v1::ListReloadEventsResponse events = Events("manual");
  ASSERT_EQ(events.history_size(), 1);
  EXPECT_EQ(events.total(), 1);
  EXPECT_EQ(events.history(0).event_id(), reload.event().event_id());
  const v1::ReloadStatistics statistics = Statistics();
  EXPECT_EQ(statistics.total_reloads(), 2);
  EXPECT_EQ(statistics.failed_reloads(), 1);
  EXPECT_EQ(statistics.success_rate(), 50);
  EXPECT_FALSE(statistics.last_reload().success());
}

TEST_F(EventHistoryTest, HistoryIsOfAllReplicasAndHasAnEventAtOnce) {
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
  const v1::ListReloadEventsResponse events = Events("manual");
  ASSERT_EQ(events.history_size(), 2);
  EXPECT_EQ(events.total(), 2);
  EXPECT_FALSE(events.partial());
  EXPECT_EQ(events.history(0).replica(), "blue");
  EXPECT_EQ(events.history(0).boot_id(), reload.event().boot_id());
  EXPECT_EQ(events.history(1).replica(), "green");
}

TEST_F(EventHistoryTest, HistoryWithoutTheCatalogIsThatOfThisProcess) {
  Load({});
  catalog_.FailLists(grpc::Status(grpc::StatusCode::UNAVAILABLE, "away"));
  const v1::ListReloadEventsResponse events = Events("");
  EXPECT_TRUE(events.partial());
  EXPECT_EQ(events.total(), 1);
  EXPECT_EQ(events.history(0).trigger(), "startup");
}

TEST_F(EventHistoryTest, StatisticsOfOtherReplicasAndOfAll) {
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

TEST_F(EventHistoryTest, StreamsEventsFromNowOn) {
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

}  // namespace
}  // namespace toolcatalog
