// What the checker of watch streams says about positions, bookmarks and states.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/watch_checker.h"
#include "tests/support/watch_checker_fixture.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

using WatchCheckerStateTest = WatchCheckerFixture;

TEST_F(WatchCheckerStateTest, ResumableSeesAnotherPosition) {
  EXPECT_THAT(Violations({From(0, GoodMessages()), From(3, {Bookmark(4)})}),
              ElementsAre(StartsWith("resumable: connection 1, message 0")));
  EXPECT_THAT(Violations({From(9, {Bookmark(10)})}), ElementsAre(StartsWith("resumable: connection 0, message 0")));
}

TEST_F(WatchCheckerStateTest, ResumableSeesAnotherHash) {
  auto bookmark = Bookmark(3);
  bookmark.set_state_hash(HashOf(99));
  EXPECT_THAT(Violations({From(0, GoodMessages()), From(3, {bookmark})}),
              ElementsAre(StartsWith("resumable: connection 1, message 0")));
}

TEST_F(WatchCheckerStateTest, ResumableSeesAStreamWithoutItsStart) {
  EXPECT_THAT(Violations({From(0, GoodMessages()), From(3, {Write(4, {Created(4, "a")})})}),
              ElementsAre(StartsWith("resumable: connection 1, message 0")));
  EXPECT_THAT(Violations({FromSnapshot({Bookmark(3)})}), testing::Contains(StartsWith("resumable")));
}

TEST_F(WatchCheckerStateTest, BookmarkableSeesAPositionThatWasNotDelivered) {
  auto messages = GoodMessages();
  messages[2] = Bookmark(2);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("bookmarkable: connection 0, message 2")));
}

TEST_F(WatchCheckerStateTest, BookmarkableSeesAnotherHash) {
  auto messages = GoodMessages();
  messages[2].set_state_hash(HashOf(99));
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("bookmarkable: connection 0, message 2")));
}

TEST_F(WatchCheckerStateTest, BookmarkableSeesABookmarkBetweenFragments) {
  auto messages = GoodMessages();
  messages.insert(messages.begin() + 5, Bookmark(2));
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("bookmarkable: connection 0, message 5")));
}

TEST_F(WatchCheckerStateTest, StateSeesAToolWithoutALatestVersion) {
  EXPECT_THAT(Violations({Bookmark(0), Write(1, {Created(1, "one", "1.0")}), Write(2, {Created(2, "one", "2.0")}),
                          Write(3, {Deleted(3, "one", "2.0")})}),
              ElementsAre(StartsWith("state: connection 0, message 3")));
}

TEST_F(WatchCheckerStateTest, StateSeesTwoLatestVersionsInASnapshot) {
  auto snapshot = SnapshotPart(7, {"a", "a"}, true);
  snapshot.mutable_snapshot()->mutable_tools(1)->set_version("2.0");
  EXPECT_THAT(Violations({FromSnapshot({snapshot})}), ElementsAre(StartsWith("state: connection 0, message 0")));
}

TEST_F(WatchCheckerStateTest, StateSeesASnapshotWithoutAllHashes) {
  auto snapshot = SnapshotPart(7, {"a", "b"}, true);
  snapshot.mutable_snapshot()->mutable_content_hashes()->RemoveLast();
  EXPECT_THAT(Violations({FromSnapshot({snapshot})}), ElementsAre(StartsWith("state: connection 0, message 0")));
}

TEST_F(WatchCheckerStateTest, StateSeesADeleteOfWhatIsNotThere) {
  EXPECT_THAT(Violations({Bookmark(0), Write(1, {Deleted(1, "one")})}), testing::Contains(StartsWith("state:")));
}

TEST_F(WatchCheckerStateTest, StateSeesContradictionsInAChange) {
  for (int field = 0; field < 5; ++field) {
    auto messages = GoodMessages();
    v1::Change* change = FirstWrite(messages[3]).mutable_changes(0);
    if (field == 0) change->clear_actor();
    if (field == 1) change->mutable_tool()->set_tool_name("other");
    if (field == 2) change->mutable_tool()->set_is_latest(false);
    if (field == 3) change->set_content_hash("x");
    if (field == 4) change->mutable_tool()->set_revision(99);
    EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("state: connection 0, message 3"))) << field;
  }
}

TEST_F(WatchCheckerStateTest, StateSeesHashesThatDoNotFollowTheState) {
  auto same = GoodMessages();
  SetHash(same[3], HashOf(1));
  EXPECT_THAT(Violations(same), ElementsAre(StartsWith("state: connection 0, message 3")));
  auto emptied = Write(4, {Deleted(4, "one"), Deleted(4, "two"), Deleted(4, "three"), Deleted(4, "four")});
  auto messages = GoodMessages();
  messages.push_back(emptied);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("state: connection 0, message 7")));
  SetHash(messages.back(), HashOf(0));
  EXPECT_THAT(Violations(messages), IsEmpty());
  messages[0].set_state_hash("short");
  EXPECT_THAT(Violations(messages), testing::Contains(StartsWith("state: connection 0, message 0")));
}

TEST_F(WatchCheckerStateTest, ComparesHashesAndChangesOfTheSameRevision) {
  const WatchChecker good(WatchRecording{{From(0, GoodMessages())}});
  const WatchChecker later(WatchRecording{{From(2, {Bookmark(2), GoodMessages()[4], GoodMessages()[5]})}});
  EXPECT_EQ(CheckAgreement(good, later), "");
  auto other_hash = GoodMessages();
  SetHash(other_hash[3], HashOf(77));
  EXPECT_EQ(CheckAgreement(good, WatchChecker(WatchRecording{{From(0, other_hash)}})),
            "state hashes of revision 2 differ");
  auto other_change = GoodMessages();
  FirstWrite(other_change[3]).mutable_changes(0)->set_actor("somebody");
  EXPECT_EQ(CheckAgreement(good, WatchChecker(WatchRecording{{From(0, other_change)}})),
            "changes of revision 2 differ");
}

}  // namespace
}  // namespace toolcatalog
