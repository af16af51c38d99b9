#include "tests/support/watch_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_format.h"
#include "tests/support/definitions.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::string HashOf(int number) { return absl::StrFormat("%032x", number); }

v1::Change Created(int64_t revision, const std::string& name, const std::string& version = "1.0") {
  v1::Change change;
  change.set_kind("created");
  change.set_tool_name(name);
  change.set_version(version);
  *change.mutable_tool() = SampleTool(name, version);
  change.mutable_tool()->set_is_latest(true);
  change.mutable_tool()->set_revision(revision);
  change.set_is_latest(true);
  change.set_content_hash(absl::StrFormat("%064x", revision));
  change.set_revision(revision);
  change.set_actor("api");
  change.mutable_time()->set_seconds(1000 + revision);
  return change;
}

v1::Change Deleted(int64_t revision, const std::string& name, const std::string& version = "1.0") {
  v1::Change change = Created(revision, name, version);
  change.set_kind("deleted");
  change.clear_tool();
  change.set_is_latest(false);
  change.clear_content_hash();
  return change;
}

v1::WatchToolsResponse Position(int64_t revision) {
  v1::WatchToolsResponse message;
  message.set_revision(revision);
  message.set_state_hash(HashOf(revision));
  return message;
}

v1::WatchToolsResponse Bookmark(int64_t revision) {
  v1::WatchToolsResponse message = Position(revision);
  message.mutable_bookmark();
  return message;
}

v1::WatchToolsResponse Write(int64_t revision, std::vector<v1::Change> changes, bool more = false) {
  v1::WatchToolsResponse message = Position(revision);
  v1::Write* write = message.mutable_batch()->add_writes();
  write->set_revision(revision);
  write->set_state_hash(message.state_hash());
  for (v1::Change& change : changes) *write->add_changes() = std::move(change);
  write->set_more(more);
  return message;
}

// The writes of these messages in one.
v1::WatchToolsResponse Batch(const std::vector<v1::WatchToolsResponse>& messages) {
  v1::WatchToolsResponse joined = Position(messages.back().revision());
  for (const v1::WatchToolsResponse& message : messages) joined.mutable_batch()->MergeFrom(message.batch());
  return joined;
}

// The first write of a message.
v1::Write& FirstWrite(v1::WatchToolsResponse& message) { return *message.mutable_batch()->mutable_writes(0); }

void SetHash(v1::WatchToolsResponse& message, const std::string& hash) {
  message.set_state_hash(hash);
  if (message.has_batch()) message.mutable_batch()->mutable_writes()->rbegin()->set_state_hash(hash);
}

v1::WatchToolsResponse SnapshotPart(int64_t revision, std::vector<std::string> names, bool last) {
  v1::WatchToolsResponse message = Position(revision);
  message.mutable_snapshot()->set_last(last);
  for (const std::string& name : names) {
    *message.mutable_snapshot()->add_tools() = SampleTool(name);
    message.mutable_snapshot()->mutable_tools()->rbegin()->set_is_latest(true);
    message.mutable_snapshot()->add_content_hashes(std::string(64, 'a'));
  }
  return message;
}

// A stream from revision 0 with three tools written in revisions 1 to 3, the third write in two fragments.
std::vector<v1::WatchToolsResponse> GoodMessages() {
  return {Bookmark(0),
          Write(1, {Created(1, "one")}),
          Bookmark(1),
          Write(2, {Created(2, "two")}),
          Write(3, {Created(3, "three")}, true),
          Write(3, {Created(3, "four")}),
          Bookmark(3)};
}

WatchConnection From(int64_t revision, std::vector<v1::WatchToolsResponse> messages) {
  WatchConnection connection;
  connection.request.set_from_revision(revision);
  if (revision > 0) connection.request.set_state_hash(HashOf(revision));
  connection.messages = std::move(messages);
  return connection;
}

WatchConnection FromSnapshot(std::vector<v1::WatchToolsResponse> messages) {
  WatchConnection connection;
  connection.request.set_snapshot(true);
  connection.messages = std::move(messages);
  return connection;
}

std::vector<std::string> Violations(std::vector<WatchConnection> connections) {
  return WatchChecker(WatchRecording{std::move(connections)}).violations();
}
std::vector<std::string> Violations(std::vector<v1::WatchToolsResponse> messages) {
  return Violations(std::vector<WatchConnection>{From(0, std::move(messages))});
}

TEST(WatchChecker, AcceptsAGoodStreamAndBuildsItsState) {
  WatchChecker checker(WatchRecording{{From(0, GoodMessages())}});
  EXPECT_THAT(checker.violations(), IsEmpty());
  EXPECT_TRUE(checker.complete());
  EXPECT_EQ(checker.revision(), 3);
  EXPECT_EQ(checker.state().versions().size(), 4u);
  ASSERT_NE(checker.state().Latest("THREE"), nullptr);
  EXPECT_EQ(checker.state().Latest("none"), nullptr);
}

TEST(WatchChecker, AcceptsSeveralWritesInAMessage) {
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

TEST(WatchChecker, AcceptsAResumeAfterTheWholeWritesOfABatch) {
  const auto good = GoodMessages();
  EXPECT_THAT(Violations({From(0, {good[0], Batch({good[1], good[3], good[4]})}),
                          From(2, {Bookmark(2), good[4], good[5], good[6]})}),
              IsEmpty());
}

TEST(WatchChecker, ReliableSeesAGapWithinABatch) {
  const auto good = GoodMessages();
  EXPECT_THAT(Violations({good[0], Batch({good[1], Write(3, {Created(3, "three")})})}),
              ElementsAre(StartsWith("reliable: connection 0, message 1, revision 3")));
}

TEST(WatchChecker, UniqueSeesAWriteTwiceInABatch) {
  const auto good = GoodMessages();
  EXPECT_THAT(Violations({good[0], Batch({good[1], good[1]})}),
              testing::Contains(StartsWith("unique: connection 0, message 1, revision 1")));
}

TEST(WatchChecker, AcceptsAResumeThatBeginsTheCutWriteAgain) {
  auto first = GoodMessages();
  first.resize(5);
  EXPECT_THAT(Violations({From(0, first), From(2, {Bookmark(2), Write(3, {Created(3, "three")}, true),
                                                   Write(3, {Created(3, "four")}), Bookmark(3)})}),
              IsEmpty());
}

TEST(WatchChecker, AcceptsASnapshotAndWhatFollows) {
  WatchChecker checker(WatchRecording{{FromSnapshot(
      {SnapshotPart(7, {"a", "b"}, false), SnapshotPart(7, {"c"}, true), Bookmark(7), Write(8, {Deleted(8, "B")})})}});
  EXPECT_THAT(checker.violations(), IsEmpty());
  EXPECT_EQ(checker.state().versions().size(), 2u);
}

TEST(WatchChecker, AcceptsAPromotionAfterADelete) {
  v1::Change promoted = Created(3, "one", "1.0");
  promoted.set_kind("promoted");
  v1::WatchToolsResponse last = Write(3, {Deleted(3, "one", "2.0"), promoted});
  EXPECT_THAT(
      Violations({Bookmark(0), Write(1, {Created(1, "one", "1.0")}), Write(2, {Created(2, "one", "2.0")}), last}),
      IsEmpty());
}

TEST(WatchChecker, OrderedSeesAnOlderWrite) {
  EXPECT_THAT(Violations({From(5, {Bookmark(5), Write(6, {Created(6, "a")}), Write(4, {Created(4, "b")})})}),
              testing::Contains(StartsWith("ordered: connection 0, message 2, revision 4")));
}

TEST(WatchChecker, OrderedSeesTimeGoingBack) {
  auto messages = GoodMessages();
  FirstWrite(messages[3]).mutable_changes(0)->mutable_time()->set_seconds(5);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("ordered: connection 0, message 3")));
}

TEST(WatchChecker, UniqueSeesAWriteTwice) {
  auto messages = GoodMessages();
  messages.insert(messages.begin() + 2, messages[1]);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("unique: connection 0, message 2")));
}

TEST(WatchChecker, UniqueSeesAVersionTwiceInOneWrite) {
  EXPECT_THAT(Violations({Bookmark(0), Write(1, {Created(1, "one"), Created(1, "ONE")})}),
              ElementsAre(StartsWith("unique: connection 0, message 1")));
}

TEST(WatchChecker, ReliableSeesAGap) {
  auto messages = GoodMessages();
  messages.erase(messages.begin() + 3);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("reliable: connection 0, message 3")));
}

TEST(WatchChecker, ReliableSeesAGapAfterAResume) {
  EXPECT_THAT(Violations({From(0, GoodMessages()), From(3, {Bookmark(3), Write(5, {Created(5, "five")})})}),
              ElementsAre(StartsWith("reliable: connection 1, message 1")));
}

TEST(WatchChecker, AtomicSeesAWriteThatDoesNotEnd) {
  auto messages = GoodMessages();
  messages[5] = Write(4, {Created(4, "four")});
  messages[6] = Bookmark(4);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("atomic: connection 0, message 5")));
}

TEST(WatchChecker, AtomicSeesAChangeOfAnotherRevision) {
  auto messages = GoodMessages();
  FirstWrite(messages[3]).mutable_changes(0)->set_revision(3);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("atomic: connection 0, message 3")));
}

TEST(WatchChecker, AtomicSeesBrokenSnapshots) {
  EXPECT_THAT(Violations({FromSnapshot({SnapshotPart(7, {"a"}, false), Bookmark(7), SnapshotPart(7, {"b"}, true)})}),
              ElementsAre(StartsWith("atomic: connection 0, message 1")));
  EXPECT_THAT(Violations({FromSnapshot({SnapshotPart(7, {"a"}, false), SnapshotPart(8, {"b"}, true)})}),
              ElementsAre(StartsWith("atomic: connection 0, message 1")));
  EXPECT_THAT(Violations({FromSnapshot({SnapshotPart(7, {"a"}, true), SnapshotPart(7, {"b"}, true)})}),
              ElementsAre(StartsWith("atomic: connection 0, message 1")));
}

TEST(WatchChecker, AtomicSeesAMessageOfNothing) {
  auto messages = GoodMessages();
  messages.push_back(Position(3));
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("atomic: connection 0, message 7")));
  messages.back().mutable_batch();
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("atomic: connection 0, message 7")));
  messages.back() = Write(4, {});
  EXPECT_THAT(Violations(messages), testing::Contains(StartsWith("atomic: connection 0, message 7")));
}

TEST(WatchChecker, AtomicSeesABatchThatGoesOnBehindAFragment) {
  const auto good = GoodMessages();
  EXPECT_THAT(Violations({good[0], good[1], good[3], Batch({good[4], good[5]})}),
              ElementsAre(StartsWith("atomic: connection 0, message 3")));
}

TEST(WatchChecker, AtomicSeesAFragmentThatAnotherWriteFollows) {
  const auto good = GoodMessages();
  const auto four = Write(4, {Created(4, "five")});
  EXPECT_THAT(Violations({good[0], Batch({good[1], good[3], good[4]}), Batch({four}), good[6]}),
              testing::Contains(StartsWith("atomic: connection 0, message 2, revision 4")));
}

TEST(WatchChecker, AtomicSeesThePositionOfAnotherWrite) {
  const auto good = GoodMessages();
  auto batch = Batch({good[1], good[3]});
  batch.set_revision(1);
  EXPECT_THAT(Violations({good[0], batch}), ElementsAre(StartsWith("atomic: connection 0, message 1, revision 1")));
  batch.set_revision(2);
  batch.set_state_hash(HashOf(1));
  EXPECT_THAT(Violations({good[0], batch}), ElementsAre(StartsWith("atomic: connection 0, message 1, revision 2")));
}

TEST(WatchChecker, ResumableSeesAnotherPosition) {
  EXPECT_THAT(Violations({From(0, GoodMessages()), From(3, {Bookmark(4)})}),
              ElementsAre(StartsWith("resumable: connection 1, message 0")));
  EXPECT_THAT(Violations({From(9, {Bookmark(10)})}), ElementsAre(StartsWith("resumable: connection 0, message 0")));
}

TEST(WatchChecker, ResumableSeesAnotherHash) {
  auto bookmark = Bookmark(3);
  bookmark.set_state_hash(HashOf(99));
  EXPECT_THAT(Violations({From(0, GoodMessages()), From(3, {bookmark})}),
              ElementsAre(StartsWith("resumable: connection 1, message 0")));
}

TEST(WatchChecker, ResumableSeesAStreamWithoutItsStart) {
  EXPECT_THAT(Violations({From(0, GoodMessages()), From(3, {Write(4, {Created(4, "a")})})}),
              ElementsAre(StartsWith("resumable: connection 1, message 0")));
  EXPECT_THAT(Violations({FromSnapshot({Bookmark(3)})}), testing::Contains(StartsWith("resumable")));
}

TEST(WatchChecker, BookmarkableSeesAPositionThatWasNotDelivered) {
  auto messages = GoodMessages();
  messages[2] = Bookmark(2);
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("bookmarkable: connection 0, message 2")));
}

TEST(WatchChecker, BookmarkableSeesAnotherHash) {
  auto messages = GoodMessages();
  messages[2].set_state_hash(HashOf(99));
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("bookmarkable: connection 0, message 2")));
}

TEST(WatchChecker, BookmarkableSeesABookmarkBetweenFragments) {
  auto messages = GoodMessages();
  messages.insert(messages.begin() + 5, Bookmark(2));
  EXPECT_THAT(Violations(messages), ElementsAre(StartsWith("bookmarkable: connection 0, message 5")));
}

TEST(WatchChecker, StateSeesAToolWithoutALatestVersion) {
  EXPECT_THAT(Violations({Bookmark(0), Write(1, {Created(1, "one", "1.0")}), Write(2, {Created(2, "one", "2.0")}),
                          Write(3, {Deleted(3, "one", "2.0")})}),
              ElementsAre(StartsWith("state: connection 0, message 3")));
}

TEST(WatchChecker, StateSeesTwoLatestVersionsInASnapshot) {
  auto snapshot = SnapshotPart(7, {"a", "a"}, true);
  snapshot.mutable_snapshot()->mutable_tools(1)->set_version("2.0");
  EXPECT_THAT(Violations({FromSnapshot({snapshot})}), ElementsAre(StartsWith("state: connection 0, message 0")));
}

TEST(WatchChecker, StateSeesASnapshotWithoutAllHashes) {
  auto snapshot = SnapshotPart(7, {"a", "b"}, true);
  snapshot.mutable_snapshot()->mutable_content_hashes()->RemoveLast();
  EXPECT_THAT(Violations({FromSnapshot({snapshot})}), ElementsAre(StartsWith("state: connection 0, message 0")));
}

TEST(WatchChecker, StateSeesADeleteOfWhatIsNotThere) {
  EXPECT_THAT(Violations({Bookmark(0), Write(1, {Deleted(1, "one")})}), testing::Contains(StartsWith("state:")));
}

TEST(WatchChecker, StateSeesContradictionsInAChange) {
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

TEST(WatchChecker, StateSeesHashesThatDoNotFollowTheState) {
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

TEST(CheckAgreement, ComparesHashesAndChangesOfTheSameRevision) {
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
