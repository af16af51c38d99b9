// What the coordinator makes of the stream, and of its handlers.
#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/steady_time.h"
#include "reload_service/follow/reload_coordinator_fixture.h"
#include "tests/support/await.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::google::protobuf::util::TimeUtil;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ReloadCoordinatorTest : public ReloadCoordinatorFixture {};

TEST_F(ReloadCoordinatorTest, RecordsStartupAndOneEventAWrite) {
  auto watch = StartAt5();
  v1::ReloadEvent event = AwaitEvent(1);
  EXPECT_TRUE(event.success());
  EXPECT_FALSE(event.has_tool_name());
  EXPECT_FALSE(event.has_triggered_by());
  EXPECT_FALSE(event.has_error());
  EXPECT_EQ(event.revision(), 5);
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("Grep", "1.0", 6))}));
  event = AwaitEvent(2);
  EXPECT_EQ(event.trigger(), "api_update");
  EXPECT_EQ(event.tool_name(), "Grep");
  EXPECT_EQ(event.triggered_by(), "tester");
  EXPECT_EQ(event.revision(), 6);
  EXPECT_GT(event.duration_ms(), 0);
  EXPECT_LT(event.duration_ms(), 5000);
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("grep", "1.0", 7))}, true));
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("ping", "1.0", 7))}, false));
  event = AwaitEvent(3);
  EXPECT_FALSE(event.has_tool_name());
  EXPECT_EQ(event.triggered_by(), "tester");
  EXPECT_EQ(event.revision(), 7);
  EXPECT_EQ(loads_, 1);
}

TEST_F(ReloadCoordinatorTest, ABookmarkIsNoReload) {
  auto watch = StartAt5();
  const SteadyTime before = cache_.GetFreshness().current_at;
  Pass(absl::Seconds(1));
  watch->Send(BookmarkMessage(5));
  EXPECT_TRUE(Await([&] { return cache_.GetFreshness().current_at > before; }, kPatience));
  EXPECT_EQ(history_.last_event_id(), 1);
}

TEST_F(ReloadCoordinatorTest, RunsHandlersAfterTheCacheAndListsThem) {
  std::atomic<int> served{0};
  const auto looks = [this, &served](const std::shared_ptr<const Reload>& reload) {
    if (cache_.GetFreshness().revision >= reload->event.revision()) ++served;
    return absl::OkStatus();
  };
  const auto fails = [](const std::shared_ptr<const Reload>&) { return absl::InternalError("does not like it"); };
  ASSERT_TRUE(coordinator_->RegisterHandler("fails", fails).ok());
  auto watch = StartAt5();
  v1::ReloadEvent event = AwaitEvent(1);
  EXPECT_FALSE(event.success());
  EXPECT_EQ(event.error(), "fails: does not like it");
  EXPECT_TRUE(cache_.Get("grep").entry->has_profile());
  ASSERT_TRUE(coordinator_->RegisterHandler("looks", looks).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(coordinator_->RegisterHandler("looks", looks)));
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  event = AwaitEvent(2);
  ASSERT_EQ(event.handlers_size(), 3);
  EXPECT_EQ(event.handlers(0).name(), "profile_cache");
  EXPECT_TRUE(event.handlers(0).success());
  EXPECT_EQ(event.handlers(1).error(), "does not like it");
  EXPECT_EQ(event.handlers(2).name(), "looks");
  EXPECT_EQ(served, 1);
  coordinator_.reset();
}

TEST_F(ReloadCoordinatorTest, AHandlerThatTakesItsTimeDoesNotDelayTheProfiles) {
  absl::Notification release;
  const auto waits = [&release](const std::shared_ptr<const Reload>&) {
    release.WaitForNotification();
    return absl::OkStatus();
  };
  auto watch = StartAt5();
  ASSERT_TRUE(coordinator_->RegisterHandler("waits", waits, absl::Seconds(5)).ok());
  for (int64_t revision = 6; revision <= 20; ++revision) {
    watch->Send(ChangesMessage(revision, {StoredChange(TestTool("grep", "1.0", revision))}));
  }
  EXPECT_TRUE(coordinator_->AwaitRevision(20, SteadyTime::Now() + absl::Seconds(10)));
  EXPECT_EQ(history_.last_event_id(), 1);
  release.Notify();
  for (int64_t id = 2; id <= 16; ++id) EXPECT_EQ(AwaitEvent(id).revision(), id + 4);
}

TEST_F(ReloadCoordinatorTest, AnEventOfAWriteSaysWhyWhoAndHowLongAfterTheCommit) {
  auto watch = StartAt5();
  v1::Change change = StoredChange(TestTool("grep", "1.0", 6));
  change.set_reason("typo");
  *change.mutable_time() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(absl::Now() - absl::Seconds(3)));
  watch->Send(ChangesMessage(6, {change}));
  v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_EQ(event.reason(), "typo");
  EXPECT_EQ(event.triggered_by(), "tester");
  EXPECT_EQ(event.from_revision(), 5);
  EXPECT_EQ(event.revision(), 6);
  EXPECT_GE(event.propagation_ms(), 3000);
  EXPECT_LT(event.propagation_ms(), 5000);
  *change.mutable_time() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(absl::Now() + absl::Hours(1)));
  watch->Send(ChangesMessage(7, {change}));
  event = AwaitEvent(3);
  EXPECT_TRUE(event.has_propagation_ms());
  EXPECT_EQ(event.propagation_ms(), 0);
  EXPECT_FALSE(AwaitEvent(1).has_propagation_ms());
}

TEST_F(ReloadCoordinatorTest, BadDefinitionIsAFailedEventThatNamesTheTool) {
  auto watch = StartAt5();
  v1::Tool bad = TestTool("grep", "1.0", 6);
  bad.set_description(std::string(600 << 10, 'x'));
  watch->Send(ChangesMessage(6, {StoredChange(bad)}));
  const v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_FALSE(event.success());
  EXPECT_THAT(event.error(), AllOf(HasSubstr("profile_cache"), HasSubstr("grep"), HasSubstr("524288")));
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("ping", "1.0", 7))}));
  EXPECT_TRUE(AwaitEvent(3).success());
}

}  // namespace
}  // namespace toolcatalog
