#include "tests/support/watch_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/watch_checker_fixture.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

using WatchCheckerTest = WatchCheckerFixture;

TEST_F(WatchCheckerTest, AcceptsAGoodStreamAndBuildsItsState) {
  WatchChecker checker(WatchRecording{{From(0, GoodMessages())}});
  EXPECT_THAT(checker.violations(), IsEmpty());
  EXPECT_TRUE(checker.complete());
  EXPECT_EQ(checker.revision(), 3);
  EXPECT_EQ(checker.state().versions().size(), 4u);
  ASSERT_NE(checker.state().Latest("THREE"), nullptr);
  EXPECT_EQ(checker.state().Latest("none"), nullptr);
}

TEST_F(WatchCheckerTest, AcceptsSeveralWritesInAMessage) {
  const auto good = GoodMessages();
  const auto four = Write(4, {Created(4, "five")});
  const WatchChecker one(
      WatchRecording{{From(0, {good[0], Batch({good[1], good[3], good[4]}), Batch({good[5], four})})}});
  EXPECT_THAT(one.violations(), IsEmpty());
  EXPECT_EQ(one.revision(), 4);
  EXPECT_EQ(one.state().versions().size(), 5u);
  const WatchChecker each(WatchRecording{{From(0, {good[0], good[1], good[3], good[4], good[5], four})}});
  EXPECT_EQ(CheckAgreement(one, each), "");
  EXPECT_EQ(one.state_hashes(), each.state_hashes());
}

TEST_F(WatchCheckerTest, AcceptsAResumeAfterTheWholeWritesOfABatch) {
  const auto good = GoodMessages();
  EXPECT_THAT(Violations({From(0, {good[0], Batch({good[1], good[3], good[4]})}),
                          From(2, {Bookmark(2), good[4], good[5], good[6]})}),
              IsEmpty());
}

TEST_F(WatchCheckerTest, ReliableSeesAGapWithinABatch) {
  const auto good = GoodMessages();
  EXPECT_THAT(Violations({good[0], Batch({good[1], Write(3, {Created(3, "three")})})}),
              ElementsAre(StartsWith("reliable: connection 0, message 1, revision 3")));
}

TEST_F(WatchCheckerTest, UniqueSeesAWriteTwiceInABatch) {
  const auto good = GoodMessages();
  EXPECT_THAT(Violations({good[0], Batch({good[1], good[1]})}),
              testing::Contains(StartsWith("unique: connection 0, message 1, revision 1")));
}

TEST_F(WatchCheckerTest, AcceptsAResumeThatBeginsTheCutWriteAgain) {
  auto first = GoodMessages();
  first.resize(5);
  EXPECT_THAT(Violations({From(0, first), From(2, {Bookmark(2), Write(3, {Created(3, "three")}, true),
                                                   Write(3, {Created(3, "four")}), Bookmark(3)})}),
              IsEmpty());
}

TEST_F(WatchCheckerTest, AcceptsASnapshotAndWhatFollows) {
  WatchChecker checker(WatchRecording{{FromSnapshot(
      {SnapshotPart(7, {"a", "b"}, false), SnapshotPart(7, {"c"}, true), Bookmark(7), Write(8, {Deleted(8, "B")})})}});
  EXPECT_THAT(checker.violations(), IsEmpty());
  EXPECT_EQ(checker.state().versions().size(), 2u);
}

TEST_F(WatchCheckerTest, AcceptsAPromotionAfterADelete) {
  v1::Change promoted = Created(3, "one", "1.0");
  promoted.set_kind("promoted");
  v1::WatchToolsResponse last = Write(3, {Deleted(3, "one", "2.0"), promoted});
  EXPECT_THAT(
      Violations({Bookmark(0), Write(1, {Created(1, "one", "1.0")}), Write(2, {Created(2, "one", "2.0")}), last}),
      IsEmpty());
}

TEST_F(WatchCheckerTest, OrderedSeesAnOlderWrite) {
  EXPECT_THAT(Violations({From(5, {Bookmark(5), Write(6, {Created(6, "a")}), Write(4, {Created(4, "b")})})}),
              testing::Contains(StartsWith("ordered: connection 0, message 2, revision 4")));
}

TEST_F(WatchCheckerTest, OrderedSeesTimeGoingBack) {
  auto messages = GoodMessages();
  FirstWrite(messages[3]).mutable_changes(0)->mutable_time()->set_seconds(5);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("ordered: connection 0, message 3")));
}

TEST_F(WatchCheckerTest, UniqueSeesAWriteTwice) {
  auto messages = GoodMessages();
  messages.insert(messages.begin() + 2, messages[1]);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("unique: connection 0, message 2")));
}

TEST_F(WatchCheckerTest, UniqueSeesAVersionTwiceInOneWrite) {
  EXPECT_THAT(Violations({Bookmark(0), Write(1, {Created(1, "one"), Created(1, "ONE")})}),
              ElementsAre(StartsWith("unique: connection 0, message 1")));
}

TEST_F(WatchCheckerTest, ReliableSeesAGap) {
  auto messages = GoodMessages();
  messages.erase(messages.begin() + 3);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("reliable: connection 0, message 3")));
}

TEST_F(WatchCheckerTest, ReliableSeesAGapAfterAResume) {
  EXPECT_THAT(Violations({From(0, GoodMessages()), From(3, {Bookmark(3), Write(5, {Created(5, "five")})})}),
              ElementsAre(StartsWith("reliable: connection 1, message 1")));
}

TEST_F(WatchCheckerTest, AtomicSeesAWriteThatDoesNotEnd) {
  auto messages = GoodMessages();
  messages[5] = Write(4, {Created(4, "four")});
  messages[6] = Bookmark(4);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("atomic: connection 0, message 5")));
}

TEST_F(WatchCheckerTest, AtomicSeesAChangeOfAnotherRevision) {
  auto messages = GoodMessages();
  FirstWrite(messages[3]).mutable_changes(0)->set_revision(3);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("atomic: connection 0, message 3")));
}

TEST_F(WatchCheckerTest, AtomicSeesBrokenSnapshots) {
  EXPECT_THAT(Violations({FromSnapshot({SnapshotPart(7, {"a"}, false), Bookmark(7), SnapshotPart(7, {"b"}, true)})}),
              ElementsAre(StartsWith("atomic: connection 0, message 1")));
  EXPECT_THAT(Violations({FromSnapshot({SnapshotPart(7, {"a"}, false), SnapshotPart(8, {"b"}, true)})}),
              ElementsAre(StartsWith("atomic: connection 0, message 1")));
  EXPECT_THAT(Violations({FromSnapshot({SnapshotPart(7, {"a"}, true), SnapshotPart(7, {"b"}, true)})}),
              ElementsAre(StartsWith("atomic: connection 0, message 1")));
}

TEST_F(WatchCheckerTest, AtomicSeesAMessageOfNothing) {
  auto messages = GoodMessages();
  messages.push_back(Position(3));
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("atomic: connection 0, message 7")));
  messages.back().mutable_batch();
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("atomic: connection 0, message 7")));
  messages.back() = Write(4, {});
  EXPECT_THAT(Violations(messages), testing::Contains(StartsWith("atomic: connection 0, message 7")));
}

TEST_F(WatchCheckerTest, AtomicSeesABatchThatGoesOnBehindAFragment) {
  const auto good = GoodMessages();
  EXPECT_THAT(Violations({good[0], good[1], good[3], Batch({good[4], good[5]})}),
              ElementsAre(StartsWith("atomic: connection 0, message 3")));
}

TEST_F(WatchCheckerTest, AtomicSeesAFragmentThatAnotherWriteFollows) {
  const auto good = GoodMessages();
  const auto four = Write(4, {Created(4, "five")});
  EXPECT_THAT(Violations({good[0], Batch({good[1], good[3], good[4]}), Batch({four}), good[6]}),
              testing::Contains(StartsWith("atomic: connection 0, message 2, revision 4")));
}

TEST_F(WatchCheckerTest, AtomicSeesThePositionOfAnotherWrite) {
  const auto good = GoodMessages();
  auto batch = Batch({good[1], good[3]});
  batch.set_revision(1);
  EXPECT_THAT(Violations({good[0], batch}), ElementsAre(StartsWith("atomic: connection 0, message 1, revision 1")));
  batch.set_revision(2);
  batch.set_state_hash(HashOf(1));
  EXPECT_THAT(Violations({good[0], batch}), ElementsAre(StartsWith("atomic: connection 0, message 1, revision 2")));
}

}  // namespace
}  // namespace toolcatalog
