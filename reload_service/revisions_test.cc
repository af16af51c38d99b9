// Waiting for revisions, and readiness, through the real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "common/steady_time.h"
#include "reload_service/reload_server_fixture.h"
#include "tests/support/await.h"
#include "tests/support/stepped_clock.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

class RevisionsTest : public ReloadServerFixture {
 protected:
  grpc::Status Wait(int64_t revision, bool all, v1::WaitForRevisionResponse* response,
                    absl::Duration patience = kPatience) {
    Context context(patience);
    v1::WaitForRevisionRequest request;
    request.set_revision(revision);
    request.set_all(all);
    return stub_->WaitForRevision(&context, request, response);
  }
};

TEST_F(RevisionsTest, ReadsWaitForTheirRevision) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.SetRevision(6);
  auto read = std::async(std::launch::async, [this] {
    v1::Profile profile;
    EXPECT_TRUE(Get("grep", &profile, kPatience, 6).ok());
    return profile.tool().revision();
  });
  auto list = std::async(std::launch::async, [this] {
    v1::ListProfilesRequest request;
    request.set_min_revision(6);
    v1::ListProfilesResponse response;
    EXPECT_TRUE(List(request, &response).ok());
    return response.revision();
  });
  auto wait = std::async(std::launch::async, [this] {
    v1::WaitForRevisionResponse response;
    EXPECT_TRUE(Wait(6, false, &response).ok());
    EXPECT_EQ(response.replicas(), 1);
    return response.revision();
  });
  EXPECT_TRUE(Await([this] { return catalog_.get_revision_calls() > 0; }, kPatience));
  watch_->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  EXPECT_EQ(read.get(), 6);
  EXPECT_EQ(list.get(), 6);
  EXPECT_EQ(wait.get(), 6);
}

TEST_F(RevisionsTest, WaitsThatCannotSucceedSayWhy) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.SetRevision(6);
  v1::Profile profile;
  v1::WaitForRevisionResponse response;
  for (const auto& [status, field] : std::vector<std::pair<grpc::Status, std::string>>{
           {Get("grep", &profile, kPatience, 7), "min_revision"}, {Wait(7, false, &response), "revision"}}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_TRUE(HasReason(FromGrpcStatus(status), Reason::kRevisionUnavailable));
    EXPECT_THAT(status.error_message(),
                HasSubstr(field + ": must be at most the catalog's current revision, 6, got 7"));
  }
  const grpc::Status late = Get("grep", &profile, absl::Seconds(1), 6);
  EXPECT_EQ(late.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(late.error_message(), HasSubstr("has applied 5"));
  EXPECT_THAT(Get("grep", &profile, kPatience, -1).error_message(), HasSubstr("min_revision: must be at least 0"));
  EXPECT_THAT(Wait(0, false, &response).error_message(), HasSubstr("revision: must be at least 1, got 0"));
}

TEST_F(RevisionsTest, WaitsForAllReplicas) {
  Load({});
  v1::Replica own, other;
  own.set_name("own");
  own.set_applied_revision(5);
  other.set_name("other");
  other.set_applied_revision(4);
  catalog_.SetReplicas({own, other});
  v1::WaitForRevisionResponse response;
  const grpc::Status late = Wait(5, true, &response, absl::Seconds(1));
  EXPECT_EQ(late.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(late.error_message(), HasSubstr("\"other\" has applied 4"));
  other.set_applied_revision(8);
  catalog_.SetReplicas({own, other});
  ASSERT_TRUE(Wait(5, true, &response).ok());
  EXPECT_EQ(response.revision(), 5);
  EXPECT_EQ(response.replicas(), 2);
}

TEST_F(RevisionsTest, AHundredReadersOfAnInvalidProfileShareOneFetch) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  ASSERT_EQ(Invalidate(""), 1);
  catalog_.HoldGetTool(true);
  std::vector<std::future<int64_t>> reads;
  for (int i = 0; i < 100; ++i) {
    reads.push_back(std::async(std::launch::async, [this] { return Profile("grep").tool().revision(); }));
  }
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  catalog_.HoldGetTool(false);
  for (auto& read : reads) EXPECT_EQ(read.get(), 6);
  EXPECT_EQ(catalog_.get_tool_calls(), 1);
}

TEST_F(RevisionsTest, ASilentCatalogMakesProfilesStaleAndThenTheReplicaUnready) {
  auto minutes = std::make_shared<std::atomic<int>>(0);
  ReloadServerOptions options;
  options.steady_clock = [minutes] { return SteadyTime::Now() + absl::Minutes(minutes->load()); };
  Start(options);
  Load({TestTool("grep", "1.0", 5)});
  const auto await_serving = [this](bool serving) { return Await([&] { return Serving() == serving; }, kPatience); };
  EXPECT_TRUE(await_serving(true));
  *minutes = 6;
  EXPECT_TRUE(Profile("grep").stale());
  EXPECT_GE(Profile("grep").age_ms(), 360000);
  EXPECT_TRUE(Serving());
  *minutes = 16;
  EXPECT_TRUE(await_serving(false));
  EXPECT_EQ(Profile("grep").tool().tool_name(), "grep");
  *minutes = 0;
  watch_->Send(BookmarkMessage(5));
  EXPECT_TRUE(await_serving(true));
  EXPECT_FALSE(Profile("grep").stale());
}

TEST_F(RevisionsTest, ASilentCatalogIsNoticedThoughTheMachinesClockIsSetBack) {
  ReloadServerOptions options;
  // `absl::Now` may notice the step two seconds late.
  options.time_to_live = options.max_staleness = absl::Seconds(3);
  Start(options);
  Load({TestTool("grep", "1.0", 5)});
  ASSERT_TRUE(Await([this] { return Serving(); }, kPatience));
  const SteppedClock back(-absl::Hours(1));
  EXPECT_TRUE(Await([this] { return Profile("grep").stale() && !Serving(); }, kPatience));
  EXPECT_GE(Statistics().staleness_ms(), 3000);
}

}  // namespace
}  // namespace toolcatalog
