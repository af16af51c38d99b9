// The end of the real server while callers, handlers or the catalog still want something.
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/steady_time.h"
#include "reload_service/reload_server_fixture.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

class DrainTest : public ReloadServerFixture {};

TEST_F(DrainTest, DrainsWhileAHandlerHangs) {
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
  const SteadyTime start = SteadyTime::Now();
  server_->Drain();
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(4));
  EXPECT_EQ(reload.get(), "hangs: the service is stopping");
  release->Notify();
}

TEST_F(DrainTest, DrainsWhileTheCatalogHangs) {
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
  const SteadyTime start = SteadyTime::Now();
  server_->Drain();
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(5));
  for (auto& reload : reloads) EXPECT_FALSE(reload.get());
}

TEST_F(DrainTest, DrainsWithOpenStreamsAndCallsInFlight) {
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
  const SteadyTime start = SteadyTime::Now();
  server_->Drain();
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(5));
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
