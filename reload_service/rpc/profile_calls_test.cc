// What profile calls do while the replica is frozen, through a real server.
#include "reload_service/rpc/profile_calls.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/server.h"
#include "common/steady_time.h"
#include "reload_service/rpc/reload_rpcs.h"
#include "tests/support/await.h"
#include "tests/support/stepped_clock.h"

namespace toolcatalog {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(10);

class ProfileCallsTest : public ::testing::Test {
 protected:
  ProfileCallsTest() {
    cache_.ObserveRevision([this](int64_t revision) { revisions_.NoteApplied(revision); });
    CatalogSnapshot snapshot;
    snapshot.Add(SnapshotMessage(5, {TestTool("grep", "1.0", 5)}).snapshot());
    snapshot.position.revision = 5;
    cache_.Apply(snapshot);
    server_ = *Server::Start("127.0.0.1:0", v1::ReloadService::service_full_name(), &rpcs_);
    stub_ = v1::ReloadService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  ~ProfileCallsTest() override {
    revisions_.Stop();
    replicas_.Stop();
  }

  grpc::Status Get(int64_t min_revision, v1::Profile* profile) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    v1::GetProfileRequest request;
    request.set_tool_name("grep");
    request.set_min_revision(min_revision);
    return stub_->GetProfile(&context, request, profile);
  }
  grpc::Status Invalidate(v1::InvalidateCacheResponse* response) {
    grpc::ClientContext context;
    return stub_->InvalidateCache(&context, {}, response);
  }
  v1::ReloadStatistics Described() {
    v1::ReloadStatistics statistics;
    calls_.Describe(&statistics);
    return statistics;
  }

  FakeCatalog catalog_;
  std::shared_ptr<grpc::Channel> channel_ = CatalogChannel(catalog_.address());
  ProfileCache cache_;
  ReloadHistory history_{100};
  RevisionWaits revisions_{&cache_, channel_};
  ReplicaWaits replicas_{channel_};
  CapabilityAliases aliases_;
  ReloadCoordinator coordinator_{channel_, &cache_, &history_, [] {}, {{}, /*fetch_timeout=*/kPatience}};
  ProfileCalls calls_{{&cache_, &coordinator_, &revisions_, &replicas_, &aliases_, SteadyTime::Now, absl::Minutes(5)}};
  OpenCalls open_calls_{int64_t{1} << 30};
  ReloadRpcs rpcs_{&open_calls_, {&calls_, nullptr, nullptr, nullptr}};
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::ReloadService::Stub> stub_;
};

TEST_F(ProfileCallsTest, AFrozenReplicaDoesNotAskTheCatalog) {
  v1::InvalidateCacheResponse marked;
  ASSERT_TRUE(Invalidate(&marked).ok());
  EXPECT_EQ(marked.invalidated_count(), 1);
  coordinator_.Freeze("incident 7", "");
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  v1::Profile profile;
  ASSERT_TRUE(Get(0, &profile).ok());
  EXPECT_TRUE(profile.stale());
  EXPECT_EQ(profile.tool().revision(), 5);
  EXPECT_EQ(catalog_.get_tool_calls(), 0);
  coordinator_.Thaw("");
  ASSERT_TRUE(Get(0, &profile).ok());
  EXPECT_FALSE(profile.stale());
  EXPECT_EQ(profile.tool().revision(), 6);
}

TEST_F(ProfileCallsTest, AFrozenReplicaRefusesInvalidationAndWaits) {
  coordinator_.Freeze("incident 7", "");
  v1::InvalidateCacheResponse marked;
  v1::Profile profile;
  for (const grpc::Status& status : {Invalidate(&marked), Get(6, &profile)}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(status.error_message(), coordinator_.CheckNotFrozen().message());
    EXPECT_THAT(status.error_message(), AllOf(HasSubstr("frozen since"), HasSubstr("incident 7")));
  }
  EXPECT_TRUE(Get(5, &profile).ok());
  EXPECT_FALSE(profile.stale());
}

TEST_F(ProfileCallsTest, FreezingEndsTheWaitsThatHaveBegun) {
  catalog_.SetRevision(6);
  auto read = std::async(std::launch::async, [this] {
    v1::Profile profile;
    return Get(6, &profile).error_code();
  });
  EXPECT_TRUE(Await([this] { return catalog_.get_revision_calls() > 0; }, kPatience));
  coordinator_.Freeze("incident 7", "");
  calls_.NoteFrozen();
  EXPECT_EQ(read.get(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(ProfileCallsTest, ACatalogThatHangsHoldsUpOneReadThoughTheClockIsSetBack) {
  cache_.Invalidate("grep");
  catalog_.HoldGetTool(true);
  auto read = std::async(std::launch::async, [this] {
    v1::Profile profile;
    return Get(0, &profile).ok() && profile.stale();
  });
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  const SteppedClock back(-absl::Hours(1));
  EXPECT_TRUE(read.get());
  v1::Profile profile;
  EXPECT_TRUE(Get(0, &profile).ok());
  EXPECT_EQ(Described().cache_misses(), 1) << "the second read does not wait";
  catalog_.HoldGetTool(false);
}

TEST_F(ProfileCallsTest, CountsHitsAndMisses) {
  v1::Profile profile;
  ASSERT_TRUE(Get(0, &profile).ok());
  ASSERT_TRUE(Get(5, &profile).ok());
  EXPECT_EQ(Described().cache_hits(), 2);
  EXPECT_EQ(Described().cache_misses(), 0);
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  cache_.Invalidate("grep");
  ASSERT_TRUE(Get(0, &profile).ok());
  cache_.Apply(FetchedTool{"grep", std::nullopt, "", 7, cache_.NextSequence(), absl::Now()});
  EXPECT_EQ(Get(0, &profile).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Described().cache_hits(), 2);
  EXPECT_EQ(Described().cache_misses(), 2);
}

}  // namespace
}  // namespace toolcatalog
