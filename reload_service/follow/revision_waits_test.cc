#include "reload_service/follow/revision_waits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

class RevisionWaitsTest : public ::testing::Test {
 protected:
  RevisionWaitsTest() {
    cache_.ObserveRevision([this](int64_t revision) { waits_.NoteApplied(revision); });
    CatalogSnapshot snapshot;
    snapshot.position.revision = 5;
    cache_.Apply(snapshot);
  }

  std::future<absl::Status> Await(int64_t revision, absl::Duration patience = absl::Seconds(10)) {
    auto result = std::make_shared<std::promise<absl::Status>>();
    waits_.Await("min_revision", revision, absl::Now() + patience,
                 [result](const absl::Status& status) { result->set_value(status); });
    return result->get_future();
  }

  FakeCatalog catalog_;
  std::shared_ptr<grpc::Channel> channel_ = CatalogChannel(catalog_.address());
  ProfileCache cache_;
  RevisionWaits waits_{&cache_, channel_};
};

TEST_F(RevisionWaitsTest, WhatIsAppliedNeedsNoWaitAndNoCatalog) {
  EXPECT_TRUE(Await(5).get().ok());
  EXPECT_EQ(catalog_.get_revision_calls(), 0);
}

TEST_F(RevisionWaitsTest, AWaitEndsWhenItsRevisionIsApplied) {
  catalog_.SetRevision(7);
  auto six = Await(6), seven = Await(7);
  cache_.Advance(6);
  EXPECT_TRUE(six.get().ok());
  EXPECT_EQ(seven.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  cache_.Advance(8);
  EXPECT_TRUE(seven.get().ok());
}

TEST_F(RevisionWaitsTest, WhoeverAppliesDoesNotDoWhatWasWaitedFor) {
  catalog_.SetRevision(7);
  absl::Notification applied;
  std::promise<bool> in_time;
  waits_.Await("min_revision", 6, absl::Now() + absl::Seconds(10), [&applied, &in_time](const absl::Status& status) {
    in_time.set_value(applied.WaitForNotificationWithTimeout(absl::Seconds(5)) && status.ok());
  });
  auto seven = Await(7);
  cache_.Advance(6);
  cache_.Advance(7);
  applied.Notify();
  EXPECT_TRUE(in_time.get_future().get());
  EXPECT_TRUE(seven.get().ok());
}

TEST_F(RevisionWaitsTest, StopServesThoseWhoseRevisionHasBeenApplied) {
  catalog_.SetRevision(7);
  std::vector<std::future<absl::Status>> waits;
  for (int i = 0; i < 1000; ++i) waits.push_back(Await(7));
  cache_.Advance(7);
  waits_.Stop();
  for (auto& wait : waits) {
    ASSERT_EQ(wait.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    EXPECT_TRUE(wait.get().ok());
  }
}

TEST_F(RevisionWaitsTest, ARevisionThatIsNotWrittenIsRefusedAtOnce) {
  catalog_.SetRevision(7);
  auto written = Await(7);
  const absl::Status status = Await(8).get();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(HasReason(status, Reason::kRevisionUnavailable));
  EXPECT_EQ(ErrorMetadata(status, "current_revision"), "7");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("min_revision: must be at most the catalog's current revision, 7, got 8"));
  cache_.Advance(7);
  EXPECT_TRUE(written.get().ok());
}

TEST_F(RevisionWaitsTest, TheDeadlineNamesBothRevisions) {
  catalog_.SetRevision(7);
  const absl::Status status = Await(7, absl::Milliseconds(50)).get();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("revision 7"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("has applied 5"));
}

TEST_F(RevisionWaitsTest, TheWaitGoesOnWhileTheCatalogCannotBeAsked) {
  catalog_.SetRevision(0, grpc::Status(grpc::StatusCode::UNAVAILABLE, "down"));
  EXPECT_EQ(Await(7, absl::Milliseconds(100)).get().code(), absl::StatusCode::kDeadlineExceeded);
  auto wait = Await(7);
  cache_.Advance(7);
  EXPECT_TRUE(wait.get().ok());
}

TEST_F(RevisionWaitsTest, TooManyAreRefusedAndTheCatalogIsAskedForAllTogether) {
  catalog_.SetRevision(7);
  std::vector<std::future<absl::Status>> waits;
  for (int i = 0; i < 10000; ++i) waits.push_back(Await(7));
  EXPECT_EQ(Await(7).get().code(), absl::StatusCode::kResourceExhausted);
  cache_.Advance(7);
  for (auto& wait : waits) EXPECT_TRUE(wait.get().ok());
  EXPECT_LT(catalog_.get_revision_calls(), 5000);
}

TEST_F(RevisionWaitsTest, StopEndsThoseThatWaitAndThoseThatCome) {
  catalog_.SetRevision(7);
  auto wait = Await(7);
  waits_.Stop();
  EXPECT_EQ(wait.get().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Await(7).get().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace toolcatalog
