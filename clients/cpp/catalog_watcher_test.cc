#include "clients/cpp/catalog_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "clients/cpp/catalog_watcher_fixture.h"
#include "clients/cpp/testing/watch_messages.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

using CatalogWatcherTest = CatalogWatcherFixture;

grpc::Status OutOfRange(Reason reason) { return ToGrpcStatus(MakeError(reason, "cannot continue")); }

TEST_F(CatalogWatcherTest, BeginsWithASnapshotAndFollows) {
  Start();
  auto watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  EXPECT_FALSE(watch->request().has_from_revision());
  watch->Send(SnapshotMessage(5, {TestTool("grep", "1.0", 3)}, false));
  watch->Send(SnapshotMessage(5, {TestTool("ping", "1.0", 5)}, true));
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  watch->Send(BookmarkMessage(6));
  EXPECT_EQ(recorder_.Next(), "snapshot 5 tools 2 resync 0");
  EXPECT_EQ(recorder_.Next(), "write 6 changes 1");
  EXPECT_EQ(recorder_.Next(), "bookmark 6");
}

TEST_F(CatalogWatcherTest, ResumesFromTheLastAppliedPosition) {
  auto watch = StartAt5();
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  watch->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining"));
  EXPECT_EQ(recorder_.Next(), "write 6 changes 1");
  EXPECT_EQ(recorder_.Next(), "disconnected UNAVAILABLE resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_FALSE(watch->request().snapshot());
  EXPECT_EQ(watch->request().from_revision(), 6);
  EXPECT_EQ(watch->request().state_hash(), recorder_.hash());
}

TEST_F(CatalogWatcherTest, JoinsFragmentsAndForgetsTornOnes) {
  auto watch = StartAt5();
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("a", "1.0", 6))}, true));
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("b", "1.0", 6))}, false));
  EXPECT_EQ(recorder_.Next(), "write 6 changes 2");
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("a", "1.0", 7))}, true));
  watch->End(grpc::Status::OK);
  EXPECT_EQ(recorder_.Next(), "disconnected UNAVAILABLE resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 6);
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("a", "1.0", 7))}, false));
  EXPECT_EQ(recorder_.Next(), "write 7 changes 1");
}

TEST_F(CatalogWatcherTest, TakesSeveralWritesInAMessage) {
  auto watch = StartAt5();
  const auto change = [](int64_t revision) { return StoredChange(TestTool("grep", "1.0", revision)); };
  // Two writes and the first fragment of a third, then its last fragment and a fourth.
  watch->Send(BatchMessage(
      {ChangesMessage(6, {change(6)}), ChangesMessage(7, {change(7)}), ChangesMessage(8, {change(8)}, true)}));
  EXPECT_EQ(recorder_.Next(), "write 6 changes 1");
  EXPECT_EQ(recorder_.Next(), "write 7 changes 1");
  watch->Send(
      BatchMessage({ChangesMessage(8, {StoredChange(TestTool("ping", "1.0", 8))}), ChangesMessage(9, {change(9)})}));
  EXPECT_EQ(recorder_.Next(), "write 8 changes 2");
  EXPECT_EQ(recorder_.Next(), "write 9 changes 1");
  watch->End(grpc::Status::OK);
  EXPECT_EQ(recorder_.Next(), "disconnected UNAVAILABLE resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 9);
  EXPECT_EQ(watch->request().state_hash(), recorder_.hash());
}

TEST_F(CatalogWatcherTest, AStreamThatEndsAfterAFragmentIsResumedFromTheWholeWritesBefore) {
  auto watch = StartAt5();
  watch->Send(BatchMessage({ChangesMessage(6, {StoredChange(TestTool("a", "1.0", 6))}),
                            ChangesMessage(7, {StoredChange(TestTool("b", "1.0", 7))}, true)}));
  EXPECT_EQ(recorder_.Next(), "write 6 changes 1");
  const std::string hash_of_6 = recorder_.hash();
  watch->End(grpc::Status::OK);
  EXPECT_EQ(recorder_.Next(), "disconnected UNAVAILABLE resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 6);
  EXPECT_EQ(watch->request().state_hash(), hash_of_6);
}

TEST_F(CatalogWatcherTest, WhatIsNotTakenOfABatchComesAgain) {
  auto watch = StartAt5();
  recorder_.Decide([](const std::string& line) { return line != "write 7 changes 0"; });
  watch->Send(BatchMessage({ChangesMessage(6, {}), ChangesMessage(7, {}), ChangesMessage(8, {})}));
  EXPECT_EQ(recorder_.Next(), "write 6 changes 0");
  EXPECT_EQ(recorder_.Next(), "write 7 changes 0");
  EXPECT_EQ(recorder_.Next(), "disconnected CANCELLED resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 6);
}

TEST_F(CatalogWatcherTest, TornSnapshotIsTakenAnew) {
  Start();
  auto watch = catalog_.AwaitWatch();
  watch->Send(SnapshotMessage(5, {TestTool("grep", "1.0", 3)}, false));
  watch->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, ""));
  EXPECT_EQ(recorder_.Next(), "disconnected UNAVAILABLE resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(6, {TestTool("ping", "1.0", 6)}, true));
  EXPECT_EQ(recorder_.Next(), "snapshot 6 tools 1 resync 0");
}

TEST_F(CatalogWatcherTest, TakesASnapshotWhenThePositionCannotBeContinued) {
  auto watch = StartAt5();
  for (const Reason reason : {Reason::kCompacted, Reason::kHistoryDiverged}) {
    watch->End(OutOfRange(reason));
    EXPECT_EQ(recorder_.Next(), "disconnected OUT_OF_RANGE resync 0");
    watch = catalog_.AwaitWatch();
    EXPECT_TRUE(watch->request().snapshot()) << EntryOf(reason).name;
    watch->Send(SnapshotMessage(2, {TestTool("grep", "1.0", 2)}));
    EXPECT_EQ(recorder_.Next(), "snapshot 2 tools 1 resync 0 lost: " + std::string(EntryOf(reason).name));
  }
  watch->End(OutOfRange(Reason::kOutOfRange));
  EXPECT_EQ(recorder_.Next(), "disconnected OUT_OF_RANGE resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 2);
}

TEST_F(CatalogWatcherTest, RefusesAStreamThatBreaksTheProtocol) {
  auto watch = StartAt5();
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("a", "1.0", 6))}, true));
  watch->Send(BookmarkMessage(6));
  EXPECT_EQ(recorder_.Next(), "disconnected INTERNAL resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 5);
  watch->Send(ChangesMessage(6, {}, true));
  watch->Send(ChangesMessage(7, {}, false));
  EXPECT_EQ(recorder_.Next(), "disconnected INTERNAL resync 0");
  watch = catalog_.AwaitWatch();
  watch->Send(SnapshotMessage(6, {}));
  EXPECT_EQ(recorder_.Next(), "disconnected INTERNAL resync 0");
  v1::WatchToolsResponse nothing = BookmarkMessage(5), no_writes = nothing, other_position = ChangesMessage(6, {});
  nothing.clear_event();
  no_writes.mutable_batch();
  other_position.set_revision(7);
  for (const v1::WatchToolsResponse& wrong :
       {nothing, no_writes, other_position, BatchMessage({ChangesMessage(6, {}, true), ChangesMessage(7, {})})}) {
    watch = catalog_.AwaitWatch();
    EXPECT_EQ(watch->request().from_revision(), 5);
    watch->Send(wrong);
    EXPECT_EQ(recorder_.Next(), "disconnected INTERNAL resync 0") << wrong.ShortDebugString();
  }
}

TEST_F(CatalogWatcherTest, GivesUpASilentStream) {
  Start({absl::Milliseconds(1), absl::Milliseconds(20), absl::Milliseconds(300)});
  auto watch = catalog_.AwaitWatch();
  EXPECT_EQ(recorder_.Next(), "disconnected DEADLINE_EXCEEDED resync 0");
  EXPECT_TRUE(watch->AwaitCancelled());
  watch = catalog_.AwaitWatch();
  watch->Send(SnapshotMessage(5, {}));
  EXPECT_EQ(recorder_.Next(), "snapshot 5 tools 0 resync 0");
  EXPECT_EQ(recorder_.Next(), "disconnected DEADLINE_EXCEEDED resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 5);
}

TEST_F(CatalogWatcherTest, ComesBackWhenTheServerRestarts) {
  StartAt5();
  catalog_.Stop();
  EXPECT_THAT(recorder_.Next(), ::testing::StartsWith("disconnected"));
  catalog_.Restart();
  auto watch = catalog_.AwaitWatch();
  ASSERT_NE(watch, nullptr);
  EXPECT_EQ(watch->request().from_revision(), 5);
}

TEST_F(CatalogWatcherTest, GoesOnAfterAnObserverThatThrows) {
  auto watch = StartAt5();
  recorder_.Throw(true);
  for (int i = 0; i < 2; ++i) {
    watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
    EXPECT_EQ(recorder_.Next(), "write 6 changes 1");
    EXPECT_EQ(recorder_.Next(), "disconnected INTERNAL resync 0");
    watch = catalog_.AwaitWatch();
    ASSERT_NE(watch, nullptr);
    EXPECT_EQ(watch->request().from_revision(), 5);
  }
  recorder_.Throw(false);
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  watch->Send(BookmarkMessage(6));
  EXPECT_EQ(recorder_.Next(), "write 6 changes 1");
  EXPECT_EQ(recorder_.Next(), "bookmark 6");
}

TEST_F(CatalogWatcherTest, WhatIsNotTakenComesAgain) {
  auto watch = StartAt5();
  recorder_.Refuse(true);
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  EXPECT_EQ(recorder_.Next(), "write 6 changes 1");
  recorder_.Refuse(false);
  EXPECT_EQ(recorder_.Next(), "disconnected CANCELLED resync 0");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 5);
}

}  // namespace
}  // namespace toolcatalog
