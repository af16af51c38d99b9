#include "reload_service/cache/profile_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "reload_service/cache/batch_testing.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

v1::Tool OldVersion(const std::string& name, const std::string& version, int64_t revision) {
  v1::Tool tool = TestTool(name, version, revision);
  tool.set_is_latest(false);
  return tool;
}

class ProfileCacheTest : public ::testing::Test {
 protected:
  // What the cache serves: "NAME VERSION at REVISION", or "none".
  std::string Served(const std::string& key) {
    const ProfileEntryPtr entry = cache_.Get(key).entry;
    if (entry == nullptr || !entry->has_profile()) return "none";
    v1::Profile profile;
    EXPECT_TRUE(profile.ParseFromString(entry->profile->body));
    const v1::Tool& tool = profile.tool();
    return absl::StrCat(tool.tool_name(), " ", tool.version(), " at ", tool.revision());
  }
  void Load(int64_t revision, const std::vector<v1::Tool>& tools) {
    EXPECT_TRUE(cache_.Apply(Snapshot(revision, tools)).status.ok());
  }
  absl::Status Stream(int64_t revision, const std::vector<v1::Change>& changes) {
    return cache_.Apply(Write(revision, changes)).status;
  }
  absl::Status Fetch(const std::string& key, std::optional<v1::Tool> tool, int64_t as_of, int64_t sequence = 0) {
    FetchedTool fetched;
    fetched.key = key;
    fetched.tool = std::move(tool);
    fetched.as_of = as_of;
    fetched.sequence = sequence > 0 ? sequence : cache_.NextSequence();
    fetched.received = At(as_of);
    return cache_.Apply(fetched).status;
  }
  int total() { return cache_.List("", 0).total; }

  ProfileCache cache_;
};

TEST_F(ProfileCacheTest, KnowsNothingBeforeTheFirstSnapshot) {
  EXPECT_FALSE(cache_.Get("grep").freshness.loaded);
  Load(0, {});
  EXPECT_TRUE(cache_.Get("grep").freshness.loaded);
}

TEST_F(ProfileCacheTest, ServesTheLatestVersionUnderItsNameInLowerCase) {
  Load(5, {OldVersion("Grep", "2.0", 2), TestTool("Grep", "1.0", 4), TestTool("ping", "1.0", 5)});
  EXPECT_EQ(Served("grep"), "Grep 1.0 at 4");
  EXPECT_EQ(total(), 2);
  v1::Profile profile;
  ASSERT_TRUE(profile.ParseFromString(cache_.Get("grep").entry->profile->body));
  EXPECT_EQ(profile.content_hash(), TestContentHash(TestTool("Grep", "1.0", 4)));
  EXPECT_EQ(profile.loaded_at().seconds(), 5);
}

TEST_F(ProfileCacheTest, ServesOnlyEnabledActiveOrTestingTools) {
  v1::Tool disabled = TestTool("a", "1.0", 1), draft = TestTool("b", "1.0", 1), testing = TestTool("c", "1.0", 1);
  disabled.set_enabled(false);
  draft.set_status("draft");
  testing.set_status("testing");
  Load(1, {disabled, draft, testing});
  EXPECT_EQ(Served("a"), "none");
  EXPECT_EQ(Served("b"), "none");
  EXPECT_EQ(Served("c"), "c 1.0 at 1");
  EXPECT_EQ(total(), 1);
  EXPECT_TRUE(Stream(2, {StoredChange(TestTool("a", "1.0", 2))}).ok());
  EXPECT_EQ(Served("a"), "a 1.0 at 2");
  disabled.set_revision(3);
  EXPECT_TRUE(Stream(3, {StoredChange(disabled)}).ok());
  EXPECT_EQ(Served("a"), "none");
  EXPECT_EQ(total(), 1);
}

TEST_F(ProfileCacheTest, FollowsWritesAndIgnoresReplays) {
  Load(5, {TestTool("grep", "1.0", 5)});
  EXPECT_TRUE(Stream(6, {StoredChange(TestTool("grep", "1.0", 6)), StoredChange(TestTool("ping", "1.0", 6))}).ok());
  EXPECT_TRUE(Stream(7, {DeletedChange("ping", "1.0", 7)}).ok());
  EXPECT_TRUE(Stream(6, {StoredChange(TestTool("ping", "1.0", 6))}).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 6");
  EXPECT_EQ(Served("ping"), "none");
  EXPECT_EQ(cache_.GetFreshness().revision, 7);
}

TEST_F(ProfileCacheTest, ActsOnStateNotOnKind) {
  Load(5, {TestTool("grep", "1.0", 5)});
  v1::Change change = StoredChange(TestTool("grep", "1.0", 6));
  change.set_kind("a kind of later days");
  EXPECT_TRUE(Stream(6, {change}).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 6");
  change = DeletedChange("grep", "1.0", 7);
  change.set_kind("updated");
  EXPECT_TRUE(Stream(7, {change}).ok());
  EXPECT_EQ(Served("grep"), "none");
}

TEST_F(ProfileCacheTest, IgnoresVersionsThatAreNotTheLatest) {
  Load(5, {OldVersion("grep", "1.0", 3), TestTool("grep", "2.0", 5)});
  EXPECT_TRUE(Stream(6, {StoredChange(OldVersion("grep", "1.0", 6))}).ok());
  EXPECT_TRUE(Stream(7, {DeletedChange("grep", "1.0", 7)}).ok());
  EXPECT_EQ(Served("grep"), "grep 2.0 at 5");
  EXPECT_TRUE(Stream(8, {DeletedChange("GREP", "2.0", 8)}).ok());
  EXPECT_EQ(Served("grep"), "none");
}

TEST_F(ProfileCacheTest, PromotionInTheSameWriteWins) {
  for (bool promotion_first : {false, true}) {
    ProfileCache cache;
    std::vector<v1::Change> changes = {DeletedChange("grep", "2.0", 6), StoredChange(TestTool("grep", "1.0", 6))};
    if (promotion_first) std::swap(changes[0], changes[1]);
    EXPECT_TRUE(cache.Apply(Snapshot(5, {OldVersion("grep", "1.0", 3), TestTool("grep", "2.0", 5)})).status.ok());
    EXPECT_TRUE(cache.Apply(Write(6, changes)).status.ok());
    EXPECT_EQ(cache.Get("grep").entry->latest_version, "1.0");
  }
}

TEST_F(ProfileCacheTest, HeldVersionMayLoseItsPlaceToANewOneInTheSameWrite) {
  Load(5, {TestTool("grep", "1.0", 5)});
  EXPECT_TRUE(Stream(6, {StoredChange(TestTool("grep", "2.0", 6)), StoredChange(OldVersion("grep", "1.0", 6))}).ok());
  EXPECT_EQ(Served("grep"), "grep 2.0 at 6");
}

TEST_F(ProfileCacheTest, LostPlaceWithoutASuccessorIsAnErrorAndFetchedAnew) {
  Load(5, {TestTool("grep", "1.0", 5)});
  EXPECT_THAT(std::string(Stream(6, {StoredChange(OldVersion("grep", "1.0", 6))}).message()), HasSubstr("grep"));
  EXPECT_EQ(Served("grep"), "grep 1.0 at 5");
  EXPECT_GT(cache_.Get("grep").invalid_mark, 0);
}

TEST_F(ProfileCacheTest, StreamDoesNotUndoANewerFetch) {
  Load(5, {TestTool("grep", "1.0", 5)});
  EXPECT_TRUE(Fetch("grep", TestTool("grep", "1.0", 8), 9).ok());
  EXPECT_TRUE(Stream(6, {StoredChange(TestTool("grep", "1.0", 6))}).ok());
  EXPECT_TRUE(Stream(7, {DeletedChange("grep", "1.0", 7)}).ok());
  EXPECT_TRUE(Stream(8, {StoredChange(TestTool("grep", "1.0", 8))}).ok());
  EXPECT_TRUE(Stream(9, {}).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 8");
  EXPECT_TRUE(Stream(10, {StoredChange(TestTool("grep", "1.0", 10))}).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 10");
}

TEST_F(ProfileCacheTest, FetchOlderThanTheStreamIsDiscarded) {
  Load(5, {TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 4)});
  EXPECT_TRUE(Stream(7, {StoredChange(TestTool("grep", "1.0", 7))}).ok());
  EXPECT_TRUE(Fetch("grep", TestTool("grep", "1.0", 5), 6).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 7");
  // The stream has said nothing of this tool since, so what was read at 6 still holds.
  EXPECT_TRUE(Fetch("ping", TestTool("ping", "1.0", 4), 6).ok());
  EXPECT_EQ(cache_.Get("ping").entry->as_of, 6);
}

TEST_F(ProfileCacheTest, OldFetchDoesNotBringADeletedToolBack) {
  Load(5, {TestTool("grep", "1.0", 5)});
  EXPECT_TRUE(Stream(6, {DeletedChange("grep", "1.0", 6)}).ok());
  EXPECT_TRUE(Fetch("grep", TestTool("grep", "1.0", 5), 5).ok());
  EXPECT_EQ(cache_.Get("grep").entry, nullptr);
}

TEST_F(ProfileCacheTest, OldFetchDoesNotRemoveACreatedTool) {
  Load(5, {});
  EXPECT_TRUE(Stream(6, {StoredChange(TestTool("grep", "1.0", 6))}).ok());
  EXPECT_TRUE(Fetch("grep", std::nullopt, 5).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 6");
}

TEST_F(ProfileCacheTest, StreamDoesNotBringBackWhatAFetchFoundGone) {
  Load(5, {TestTool("grep", "1.0", 5)});
  EXPECT_TRUE(Fetch("grep", std::nullopt, 8).ok());
  EXPECT_EQ(Served("grep"), "none");
  EXPECT_TRUE(Stream(6, {StoredChange(TestTool("grep", "1.0", 6))}).ok());
  EXPECT_TRUE(Fetch("grep", TestTool("grep", "1.0", 6), 7).ok());
  EXPECT_EQ(Served("grep"), "none");
  EXPECT_TRUE(Stream(8, {DeletedChange("grep", "1.0", 8)}).ok());
  // Caught up: nothing is kept of the tool.
  EXPECT_EQ(cache_.Get("grep").entry, nullptr);
  EXPECT_TRUE(Fetch("grep", TestTool("grep", "1.0", 6), 7).ok());
  EXPECT_EQ(Served("grep"), "none");
  EXPECT_TRUE(Stream(9, {StoredChange(TestTool("grep", "1.0", 9))}).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 9");
}

TEST_F(ProfileCacheTest, FetchMayRunAheadOfACreation) {
  Load(5, {});
  EXPECT_TRUE(Fetch("grep", TestTool("grep", "1.0", 7), 7).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 7");
  cache_.Advance(6);
  EXPECT_EQ(Served("grep"), "grep 1.0 at 7");
  EXPECT_EQ(cache_.GetFreshness().revision, 6);
}

TEST_F(ProfileCacheTest, SnapshotReplacesEverythingButWhatIsNewer) {
  Load(5, {TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 5), TestTool("curl", "1.0", 5)});
  EXPECT_TRUE(Fetch("grep", TestTool("grep", "1.0", 9), 9).ok());
  EXPECT_TRUE(Fetch("curl", std::nullopt, 9).ok());
  Load(8, {TestTool("grep", "1.0", 8), TestTool("curl", "1.0", 5), TestTool("dig", "1.0", 7)});
  EXPECT_EQ(Served("grep"), "grep 1.0 at 9");
  EXPECT_EQ(Served("ping"), "none");
  EXPECT_EQ(Served("curl"), "none");
  EXPECT_EQ(Served("dig"), "dig 1.0 at 7");
  EXPECT_EQ(total(), 2);
  EXPECT_TRUE(Stream(9, {StoredChange(TestTool("grep", "1.0", 9)), DeletedChange("curl", "1.0", 9)}).ok());
  EXPECT_EQ(cache_.Get("curl").entry, nullptr);
}

TEST_F(ProfileCacheTest, SnapshotOfAnotherHistoryReplacesEverything) {
  for (bool history_lost : {true, false}) {
    ProfileCache cache;
    EXPECT_TRUE(cache.Apply(Snapshot(20, {TestTool("grep", "1.0", 20)})).status.ok());
    FetchedTool ahead{"grep", TestTool("grep", "1.0", 30), "", 30, cache.NextSequence(), At(30)};
    EXPECT_TRUE(cache.Apply(ahead).status.ok());
    FetchedTool late{"grep", TestTool("grep", "1.0", 31), "", 31, cache.NextSequence(), At(31)};
    const int64_t revision = history_lost ? 25 : 10;
    EXPECT_TRUE(cache.Apply(Snapshot(revision, {TestTool("grep", "1.0", 7)}, history_lost)).status.ok());
    EXPECT_EQ(cache.Get("grep").entry->as_of, revision);
    // A fetch that began before the swap read the other history.
    EXPECT_TRUE(cache.Apply(late).status.ok());
    EXPECT_EQ(cache.Get("grep").entry->as_of, revision);
    EXPECT_TRUE(cache.Apply(Write(revision + 1, {StoredChange(TestTool("grep", "1.0", revision + 1))})).status.ok());
    EXPECT_EQ(cache.Get("grep").entry->as_of, revision + 1);
  }
}

TEST_F(ProfileCacheTest, BadDefinitionKeepsTheLastGoodProfile) {
  Load(5, {TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 5)});
  const absl::Status status = Stream(6, {StoredChange(Oversized("grep", 6)), StoredChange(TestTool("ping", "1.0", 6))});
  EXPECT_THAT(std::string(status.message()), HasSubstr("definition must be at most 524288 bytes, got"));
  EXPECT_EQ(Served("grep"), "grep 1.0 at 5");
  EXPECT_THAT(cache_.Get("grep").entry->error, HasSubstr("definition must be at most"));
  EXPECT_EQ(Served("ping"), "ping 1.0 at 6");
  EXPECT_EQ(cache_.GetFreshness().revision, 6);
  // The same from a snapshot and from a fetch.
  EXPECT_FALSE(cache_.Apply(Snapshot(7, {Oversized("grep", 6)})).status.ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 5");
  EXPECT_FALSE(Fetch("grep", Oversized("grep", 6), 8).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 5");
  EXPECT_TRUE(Stream(9, {StoredChange(TestTool("grep", "1.0", 9))}).ok());
  EXPECT_EQ(cache_.Get("grep").entry->error, "");
  EXPECT_EQ(Served("grep"), "grep 1.0 at 9");
}

TEST_F(ProfileCacheTest, BadDefinitionOfANewToolIsNoProfile) {
  Load(5, {});
  EXPECT_FALSE(Stream(6, {StoredChange(Oversized("grep", 6))}).ok());
  EXPECT_EQ(Served("grep"), "none");
  EXPECT_EQ(total(), 0);
}

TEST_F(ProfileCacheTest, InvalidationKeepsTheProfileUntilAFetchThatBeganAfterIt) {
  Load(5, {TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 5)});
  const int64_t before = cache_.NextSequence();
  EXPECT_EQ(cache_.Invalidate("grep"), 1);
  EXPECT_EQ(Served("grep"), "grep 1.0 at 5");
  EXPECT_GT(cache_.Get("grep").invalid_mark, before);
  EXPECT_TRUE(Fetch("grep", TestTool("grep", "1.0", 6), 6, before).ok());
  EXPECT_EQ(Served("grep"), "grep 1.0 at 6");
  EXPECT_GT(cache_.Get("grep").invalid_mark, before);
  EXPECT_TRUE(Fetch("grep", TestTool("grep", "1.0", 6), 6).ok());
  EXPECT_EQ(cache_.Get("grep").invalid_mark, 0);
}

TEST_F(ProfileCacheTest, InvalidationCountsProfilesOnly) {
  v1::Tool disabled = TestTool("a", "1.0", 1);
  disabled.set_enabled(false);
  Load(5, {disabled, TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 5)});
  EXPECT_EQ(cache_.Invalidate(""), 2);
  EXPECT_EQ(cache_.Invalidate("a"), 0);
  EXPECT_EQ(cache_.Invalidate("unknown"), 0);
  EXPECT_TRUE(Stream(6, {StoredChange(TestTool("grep", "1.0", 6))}).ok());
  EXPECT_GT(cache_.Get("grep").invalid_mark, 0);
  EXPECT_GT(cache_.Get("ping").invalid_mark, 0);
}

}  // namespace
}  // namespace toolcatalog
