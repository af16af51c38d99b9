// When the coordinator takes a new snapshot, and who waits for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "reload_service/follow/reload_coordinator_fixture.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SnapshotReloadsTest : public ReloadCoordinatorFixture {};

TEST_F(SnapshotReloadsTest, SnapshotAfterLostHistoryIsAnUpdateOfAllTools) {
  auto watch = StartAt5();
  watch->End(ToGrpcStatus(MakeError(Reason::kHistoryDiverged, "gone")));
  watch = catalog_.AwaitWatch();
  watch->Send(SnapshotMessage(3, {TestTool("grep", "1.0", 3)}));
  const v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_EQ(event.trigger(), "api_update");
  EXPECT_FALSE(event.has_tool_name());
  EXPECT_EQ(event.revision(), 3);
  EXPECT_EQ(event.reason(), "HISTORY_DIVERGED: gone");
  EXPECT_EQ(cache_.Get("ping").entry, nullptr);
  EXPECT_EQ(loads_, 1);
  EXPECT_EQ(Statistics().resyncs(), 1);
  EXPECT_EQ(Statistics().reconnects(), 1);
}

TEST_F(SnapshotReloadsTest, AFailedProofTakesOneSnapshotInFiveMinutes) {
  auto watch = StartAt5();
  watch->Send(BookmarkMessage(5));
  AwaitProof(5);
  v1::WatchToolsResponse wrong = BookmarkMessage(5);
  wrong.set_state_hash(std::string(32, '0'));
  watch->Send(wrong);
  EXPECT_TRUE(watch->AwaitCancelled());
  EXPECT_TRUE(Statistics().diverged());
  EXPECT_TRUE(cache_.Get("grep").entry->has_profile());
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(6, {TestTool("grep", "1.0", 6)}));
  const v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_EQ(event.trigger(), "api_update");
  EXPECT_THAT(event.reason(), AllOf(HasSubstr("proof failed: "), HasSubstr("revision 5"), HasSubstr("0000")));
  AwaitProof(6);
  EXPECT_FALSE(Statistics().diverged());
  wrong.set_revision(6);
  for (int i = 0; i < 3; ++i) watch->Send(wrong);
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("ping", "1.0", 7))}));
  AwaitProof(7);
  EXPECT_EQ(Statistics().proof_failures(), 4);
  EXPECT_EQ(Statistics().resyncs(), 1);
  Pass(absl::Minutes(5));
  wrong.set_revision(7);
  watch->Send(wrong);
  EXPECT_TRUE(catalog_.AwaitWatch()->request().snapshot());
}

TEST_F(SnapshotReloadsTest, AFailedProofTakesAnotherSnapshotInTimeThoughTheClockIsSetBack) {
  auto watch = StartAt5();
  v1::WatchToolsResponse wrong = BookmarkMessage(5);
  wrong.set_state_hash(std::string(32, '0'));
  watch->Send(wrong);
  watch = catalog_.AwaitWatch();
  watch->Send(SnapshotMessage(5, {TestTool("grep", "1.0", 5)}));
  AwaitProof(5);
  SetBack(absl::Hours(1));
  Pass(absl::Minutes(5));
  watch->Send(wrong);
  EXPECT_TRUE(catalog_.AwaitWatch()->request().snapshot());
}

TEST_F(SnapshotReloadsTest, ARequestIsRefusedForFiveMinutesThoughTheClockIsSetBack) {
  StartAt5();
  EXPECT_TRUE(coordinator_->RequestResync("because"));
  SetBack(absl::Hours(1));
  Pass(absl::Minutes(5) - absl::Seconds(1));
  EXPECT_FALSE(coordinator_->RequestResync("because"));
  Pass(absl::Seconds(1));
  EXPECT_TRUE(coordinator_->RequestResync("because"));
}

TEST_F(SnapshotReloadsTest, ASnapshotThatContradictsItselfIsTakenAnewOnce) {
  coordinator_->Start();
  v1::WatchToolsResponse wrong = SnapshotMessage(5, {TestTool("grep", "1.0", 4)});
  wrong.set_state_hash(std::string(32, '0'));
  auto watch = catalog_.AwaitWatch();
  watch->Send(wrong);
  watch = catalog_.AwaitWatch();
  ASSERT_TRUE(watch->request().snapshot());
  watch->Send(wrong);
  EXPECT_THAT(AwaitEvent(2).reason(), HasSubstr("proof failed"));
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("ping", "1.0", 6))}));
  AwaitProof(6);
  EXPECT_EQ(Statistics().proof_failures(), 2);
}

TEST_F(SnapshotReloadsTest, AWantedSnapshotIsStillWantedAfterADisconnection) {
  auto watch = StartAt5();
  coordinator_->RequestResync("because");
  watch = catalog_.AwaitWatch();
  watch->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, ""));
  watch = catalog_.AwaitWatch();
  EXPECT_FALSE(watch->request().snapshot());
  watch->Send(BookmarkMessage(5));
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(6, {}));
  EXPECT_EQ(AwaitEvent(2).reason(), "because");
}

TEST_F(SnapshotReloadsTest, ReloadsEverything) {
  auto watch = StartAt5();
  auto answer = ReloadAll("admin");
  EXPECT_TRUE(watch->AwaitCancelled());
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(6, {TestTool("grep", "1.0", 6)}));
  v1::ReloadEvent event = answer.get();
  EXPECT_EQ(event.trigger(), "manual");
  EXPECT_TRUE(event.success());
  EXPECT_FALSE(event.has_tool_name());
  EXPECT_EQ(event.triggered_by(), "admin");
  EXPECT_EQ(event.revision(), 6);
  EXPECT_EQ(cache_.Get("ping").entry, nullptr);
}

TEST_F(SnapshotReloadsTest, ARequestDuringASnapshotGetsAnotherOne) {
  StartAt5();
  auto first = ReloadAll("admin");
  auto watch = catalog_.AwaitWatch();
  auto second = ReloadAll("admin");
  watch->Send(SnapshotMessage(6, {TestTool("grep", "1.0", 6)}));
  EXPECT_EQ(first.get().revision(), 6);
  catalog_.AwaitWatch()->Send(SnapshotMessage(7, {TestTool("grep", "1.0", 7)}));
  EXPECT_EQ(second.get().revision(), 7);
}

TEST_F(SnapshotReloadsTest, ReloadOfEverythingFailsWhenTheCatalogIsDown) {
  StartAt5();
  catalog_.Stop();
  const v1::ReloadEvent event = ReloadAll("admin").get();
  EXPECT_FALSE(event.success());
  EXPECT_NE(event.error(), "");
  EXPECT_TRUE(cache_.Get("grep").entry->has_profile());
}

TEST_F(SnapshotReloadsTest, StopFailsThoseWhoWaitForASnapshot) {
  auto watch = StartAt5();
  auto answer = ReloadAll("admin");
  catalog_.AwaitWatch();
  coordinator_->Stop();
  EXPECT_EQ(answer.get().error(), "the service is stopping");
  EXPECT_EQ(ReloadAll("admin").get().error(), "the service is stopping");
}

}  // namespace
}  // namespace toolcatalog
