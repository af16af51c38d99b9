// The catalog is away for ten minutes. The time is the test's: the reload service runs in this process, beside a real
// catalog on a real database.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "absl/time/time.h"
#include "common/steady_time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "reload_service/reload_server.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/reload_calls.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

class OutageTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    Start(1, {});
    if (HasFatalFailure()) return;
    CreateTools({"grep", "sed"});
    ReloadServerOptions options;
    options.listen = "127.0.0.1:0";
    options.catalog = services().catalog_process().address();
    options.catalog_internal_address = services().catalog_process().internal_address();
    options.time_to_live = absl::Minutes(5);
    options.max_staleness = absl::Minutes(9);
    options.steady_clock = [this] { return SteadyTime::Now() + absl::Seconds(ahead_seconds_.load()); };
    auto server = ReloadServer::Start(options);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    channel_ = NewChannel(server_->address());
    stub_ = v1::ReloadService::NewStub(channel_);
    ASSERT_TRUE(AwaitReady(true));
    ASSERT_EQ(AwaitEqualProfiles(catalog(), *stub_), "");
  }
  void TearDown() override {
    stub_.reset();
    server_.reset();
  }

  void Pass(absl::Duration time) { ahead_seconds_ += absl::ToInt64Seconds(time); }

  bool Ready() {
    auto health = grpc::health::v1::Health::NewStub(channel_);
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckResponse response;
    return health->Check(&context, {}, &response).ok() &&
           response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
  }
  bool AwaitReady(bool ready) {
    return Await([&] { return Ready() == ready; }, kPatience);
  }

  // Declared before the server, whose threads ask it for the time.
  std::atomic<int64_t> ahead_seconds_ = 0;
  std::unique_ptr<ReloadServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ReloadService::Stub> stub_;
};

TEST_F(OutageTest, ReadsGoOnStalenessGrowsReadinessTurnsAndAllResumes) {
  EXPECT_FALSE(GetProfile(*stub_, "grep")->stale());
  ServiceProcess& process = services().catalog_process();
  ASSERT_THAT(process.Kill(), IsOk());

  Pass(absl::Minutes(4));
  auto profile = GetProfile(*stub_, "grep");
  ASSERT_THAT(profile, IsOk());
  EXPECT_FALSE(profile->stale()) << "within the time to live";
  EXPECT_GE(profile->age_ms(), 4 * 60e3);
  EXPECT_TRUE(Ready());

  Pass(absl::Minutes(2));
  profile = GetProfile(*stub_, "grep");
  ASSERT_THAT(profile, IsOk());
  EXPECT_TRUE(profile->stale());
  EXPECT_GE(profile->age_ms(), 6 * 60e3);
  EXPECT_TRUE(Ready()) << "stale, but not too stale";

  Pass(absl::Minutes(4));
  EXPECT_TRUE(AwaitReady(false));
  profile = GetProfile(*stub_, "grep");
  ASSERT_THAT(profile, IsOk()) << "reads go on all the same";
  EXPECT_GE(profile->age_ms(), 10 * 60e3);
  auto statistics = Statistics(*stub_);
  ASSERT_THAT(statistics, IsOk());
  EXPECT_EQ(statistics->stream_state(), "disconnected");
  EXPECT_GE(statistics->staleness_ms(), 10 * 60e3);
  v1::ListReloadEventsRequest all;
  EXPECT_TRUE(ReloadEvents(*stub_, all)->partial()) << "the catalog cannot be asked for the history";

  ASSERT_THAT(process.Restart(), IsOk());
  ASSERT_TRUE(process.AwaitHealth(true, kPatience));
  EXPECT_TRUE(AwaitReady(true));
  ASSERT_THAT(Describe(catalog(), "grep", "after the outage"), IsOk());
  profile = GetProfile(*stub_, "grep", Revision(catalog()).value());
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(profile->tool().description(), "after the outage");
  EXPECT_FALSE(profile->stale());
  EXPECT_LT(profile->age_ms(), 60e3);
  EXPECT_EQ(AwaitProven(catalog(), *stub_), "");
  statistics = Statistics(*stub_);
  EXPECT_EQ(statistics->stream_state(), "live");
  EXPECT_GT(statistics->reconnects(), 0);
  EXPECT_EQ(statistics->resyncs(), 0) << "the stream goes on where it was";
}

}  // namespace
}  // namespace toolcatalog
