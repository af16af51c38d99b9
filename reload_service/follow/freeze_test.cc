// What a freeze keeps from the cache, and what happens after it.
#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "reload_service/follow/reload_coordinator_fixture.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::google::protobuf::util::TimeUtil;
using ::testing::AllOf;
using ::testing::HasSubstr;

class FreezeTest : public ReloadCoordinatorFixture {};

TEST_F(FreezeTest, FrozenAppliesNothingAndGoesOnAfterwards) {
  auto watch = StartAt5();
  const v1::FreezeState state = coordinator_->Freeze("release", "admin");
  EXPECT_TRUE(state.frozen());
  EXPECT_EQ(state.reason(), "release");
  EXPECT_EQ(state.revision(), 5);
  EXPECT_EQ(state.since(), TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(Now())));
  EXPECT_EQ(AwaitEvent(2).reason(), "frozen: release");
  EXPECT_EQ(AwaitEvent(2).trigger(), "manual");
  EXPECT_EQ(AwaitEvent(2).triggered_by(), "admin");
  EXPECT_EQ(AwaitEvent(2).tool_count(), 0);
  EXPECT_TRUE(watch->AwaitCancelled());
  EXPECT_EQ(Statistics().stream_state(), "frozen");
  cache_.Invalidate("grep");
  Refresh("grep").get();
  EXPECT_EQ(catalog_.get_tool_calls(), 0);
  EXPECT_THAT(ReloadTool("grep", "").get().error(), AllOf(HasSubstr("frozen since"), HasSubstr("release")));
  EXPECT_THAT(ReloadAll("").get().error(), HasSubstr("frozen since"));
  EXPECT_TRUE(absl::IsFailedPrecondition(coordinator_->CheckNotFrozen()));
  Pass(absl::Minutes(1));
  EXPECT_EQ(coordinator_->Freeze("longer", "").since().seconds(), state.since().seconds());
  EXPECT_EQ(coordinator_->freeze_state().reason(), "longer");
  EXPECT_FALSE(coordinator_->Thaw("admin").frozen());
  EXPECT_FALSE(coordinator_->Thaw("admin").frozen());
  EXPECT_EQ(AwaitEvent(6).reason(), "thawed: longer");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 5);
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  EXPECT_EQ(AwaitEvent(7).revision(), 6);
  EXPECT_EQ(Statistics().stream_state(), "live");
}

TEST_F(FreezeTest, AFreezeFailsWhatWaitsForTheCatalog) {
  StartAt5();
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.HoldGetTool(true);
  auto tool = ReloadTool("grep", "");
  auto all = ReloadAll("");
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  coordinator_->Freeze("release", "");
  EXPECT_THAT(all.get().error(), HasSubstr("frozen since"));
  catalog_.HoldGetTool(false);
  EXPECT_THAT(tool.get().error(), HasSubstr("frozen since"));
  EXPECT_EQ(cache_.Get("grep").entry->as_of, 5);
}

TEST_F(FreezeTest, AReloadThatMeetsAFreezeDoesNotWaitForItsEnd) {
  coordinator_->Start();
  for (int round = 0; round < 300; ++round) {
    std::atomic<bool> freezes{false};
    std::thread freezer([this, &freezes] {
      freezes = true;
      coordinator_->Freeze("release", "");
    });
    while (!freezes) std::this_thread::yield();
    std::vector<std::future<v1::ReloadEvent>> answers;
    while (!coordinator_->freeze_state().frozen()) answers.push_back(ReloadAll(""));
    freezer.join();
    for (auto& answer : answers) {
      ASSERT_EQ(answer.wait_for(std::chrono::seconds(5)), std::future_status::ready) << "round " << round;
      EXPECT_FALSE(answer.get().success());
    }
    coordinator_->Thaw("");
  }
}

TEST_F(FreezeTest, AReloadThatAShortFreezeRefusedIsNoSuccess) {
  StartAt5();
  std::atomic<bool> ended{false};
  std::thread freezer([this, &ended] {
    while (!ended) {
      coordinator_->Freeze("release", "");
      coordinator_->Thaw("");
    }
  });
  int untrue = 0;
  for (int64_t revision = 6; revision < 1000; ++revision) {
    catalog_.SetTool(TestTool("grep", "1.0", revision), revision);
    const v1::ReloadEvent event = ReloadTool("grep", "").get();
    if (event.success() && cache_.Get("grep").entry->as_of != revision) ++untrue;
  }
  ended = true;
  freezer.join();
  EXPECT_EQ(untrue, 0);
}

TEST_F(FreezeTest, AfterAFreezeThatOutlivedItsPositionASnapshotIsTaken) {
  StartAt5();
  coordinator_->Freeze("release", "");
  coordinator_->Thaw("");
  auto watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 5);
  watch->End(ToGrpcStatus(MakeError(Reason::kCompacted, "too old")));
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(90, {TestTool("grep", "1.0", 90)}));
  EXPECT_EQ(AwaitEvent(4).reason(), "COMPACTED: too old");
}

TEST_F(FreezeTest, ARestartThatEndedAFreezeIsAnEvent) {
  v1::Replica previous;
  previous.set_freeze_reason("release");
  coordinator_->NoteRestartEndedFreeze(previous);
  EXPECT_EQ(AwaitEvent(1).trigger(), "startup");
  EXPECT_EQ(AwaitEvent(1).reason(), "the restart ended the freeze: release");
}

}  // namespace
}  // namespace toolcatalog
