// How a watcher does what its owner asks for: another snapshot, a pause, the end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "absl/time/time.h"
#include "clients/cpp/catalog_watcher_fixture.h"
#include "clients/cpp/testing/watch_messages.h"
#include "tests/support/stepped_clock.h"

namespace toolcatalog {
namespace {

using CatalogWatcherControlTest = CatalogWatcherFixture;

TEST_F(CatalogWatcherControlTest, ResyncTakesASnapshotNow) {
  auto watch = StartAt5();
  watcher_->Resync(1);
  EXPECT_TRUE(watch->AwaitCancelled());
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(7, {}));
  EXPECT_EQ(recorder_.Next(), "snapshot 7 tools 0 resync 1");
}

TEST_F(CatalogWatcherControlTest, ResyncDuringASnapshotTakesAnotherAfterIt) {
  Start();
  auto watch = catalog_.AwaitWatch();
  watcher_->Resync(1);
  watcher_->Resync(2);
  watch->Send(SnapshotMessage(5, {}));
  EXPECT_EQ(recorder_.Next(), "snapshot 5 tools 0 resync 0");
  watch = catalog_.AwaitWatch();
  watch->Send(SnapshotMessage(6, {}));
  EXPECT_EQ(recorder_.Next(), "snapshot 6 tools 0 resync 2");
}

TEST_F(CatalogWatcherControlTest, FailedResyncIsToldAndThePositionKept) {
  auto watch = StartAt5();
  watcher_->Resync(1);
  watch = catalog_.AwaitWatch();
  watch->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, ""));
  EXPECT_EQ(recorder_.Next(), "disconnected UNAVAILABLE resync 1");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 5);
}

TEST_F(CatalogWatcherControlTest, ResyncDoesNotWaitForTheBackoff) {
  catalog_.Stop();
  Start({absl::Hours(1), absl::Hours(1), absl::Seconds(20)});
  EXPECT_EQ(recorder_.Next(), "disconnected UNAVAILABLE resync 0");
  catalog_.Restart();
  watcher_->Resync(1);
  EXPECT_THAT(recorder_.Next(), ::testing::EndsWith("resync 1"));
}

TEST_F(CatalogWatcherControlTest, StopsFromTheObserverAndFromSeveralThreads) {
  auto watch = StartAt5();
  recorder_.Decide([this](const std::string&) {
    watcher_->Stop();
    return true;
  });
  watch->Send(BookmarkMessage(6));
  watch->Send(BookmarkMessage(7));
  EXPECT_EQ(recorder_.Next(), "bookmark 6");
  std::thread other([this] { watcher_->Stop(); });
  watcher_->Stop();
  other.join();
  EXPECT_TRUE(watch->AwaitCancelled());
  EXPECT_TRUE(recorder_.empty());
}

TEST_F(CatalogWatcherControlTest, TriesAgainThoughTheClockIsSetBack) {
  Start({absl::Milliseconds(500), absl::Milliseconds(500), absl::Seconds(20)});
  catalog_.AwaitWatch()->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, ""));
  EXPECT_EQ(recorder_.Next(), "disconnected UNAVAILABLE resync 0");
  const SteppedClock back(-absl::Hours(1));
  EXPECT_NE(catalog_.AwaitWatch(), nullptr);
}

TEST_F(CatalogWatcherControlTest, APauseDoesNotWaitForTheRestOfABatch) {
  auto watch = StartAt5();
  recorder_.Decide([this](const std::string&) {
    watcher_->Pause();
    return true;
  });
  watch->Send(BatchMessage({ChangesMessage(6, {}), ChangesMessage(7, {}), ChangesMessage(8, {})}));
  EXPECT_EQ(recorder_.Next(), "write 6 changes 0");
  EXPECT_TRUE(watch->AwaitCancelled());
  watcher_->Resume();
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 6);
  EXPECT_TRUE(recorder_.empty());
}

TEST_F(CatalogWatcherControlTest, PausesAndContinuesWhereItWas) {
  auto watch = StartAt5();
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  EXPECT_EQ(recorder_.Next(), "write 6 changes 1");
  watcher_->Pause();
  EXPECT_TRUE(watch->AwaitCancelled());
  watcher_->Pause();
  watcher_->Resync(1);
  watcher_->Pause();
  watcher_->Resume();
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 6);
  EXPECT_EQ(watch->request().state_hash(), recorder_.hash());
  watch->Send(BookmarkMessage(6));
  EXPECT_EQ(recorder_.Next(), "bookmark 6");
  EXPECT_EQ(watcher_->reconnects(), 0) << "a pause loses no stream";
  watcher_->Pause();
  EXPECT_TRUE(watch->AwaitCancelled());
  watcher_->Stop();
  EXPECT_TRUE(recorder_.empty());
}

TEST_F(CatalogWatcherControlTest, AShortPauseIsNoDisconnection) {
  auto watch = StartAt5();
  for (int i = 0; i < 100; ++i) {
    watcher_->Pause();
    watcher_->Resume();
    watch = catalog_.AwaitWatch();
    ASSERT_NE(watch, nullptr);
    watch->Send(BookmarkMessage(5));
    ASSERT_EQ(recorder_.Next(), "bookmark 5");
  }
}

TEST_F(CatalogWatcherControlTest, StopEndsAnOpenStreamAndABackoff) {
  auto watch = StartAt5();
  watcher_->Stop();
  EXPECT_TRUE(watch->AwaitCancelled());
  EXPECT_TRUE(recorder_.empty());
  catalog_.Stop();
  Start({absl::Hours(1), absl::Hours(1), absl::Seconds(20)});
  EXPECT_EQ(recorder_.Next(), "disconnected UNAVAILABLE resync 0");
  watcher_->Stop();
}

}  // namespace
}  // namespace toolcatalog
