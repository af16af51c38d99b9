// What the profile cache counts, lists, filters and compares.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/steady_time.h"
#include "reload_service/cache/batch_testing.h"
#include "reload_service/cache/profile_cache.h"
#include "tests/support/stepped_clock.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;

v1::ListContentHashesResponse Hashes(int64_t revision, const std::vector<v1::Tool>& tools) {
  v1::ListContentHashesResponse page;
  page.set_revision(revision);
  for (const v1::Tool& tool : tools) {
    auto* hash = page.add_tools();
    hash->set_tool_name(tool.tool_name());
    hash->set_version(tool.version());
    hash->set_content_hash(StoredChange(tool).content_hash());
  }
  return page;
}

class ProfileCacheChangesTest : public ::testing::Test {
 protected:
  ApplyOutcome Apply(const ReloadBatch& batch) { return cache_.Apply(batch); }
  ApplyOutcome Fetch(std::optional<v1::Tool> tool, const std::string& key, int64_t as_of) {
    FetchedTool fetched{key, std::move(tool), "", as_of, cache_.NextSequence(), At(as_of)};
    if (fetched.tool.has_value()) fetched.content_hash = StoredChange(*fetched.tool).content_hash();
    return cache_.Apply(fetched);
  }
  std::vector<std::string> Listed(const ProfileFilter& filter) {
    std::vector<std::string> keys;
    const ProfileCache::Page page = cache_.List("", 1000, filter);
    for (const auto& listed : page.entries) keys.push_back(listed.entry->key);
    EXPECT_EQ(page.total, static_cast<int>(keys.size()));
    return keys;
  }
  v1::ReloadStatistics Described() {
    v1::ReloadStatistics statistics;
    cache_.Describe(&statistics);
    return statistics;
  }

  SteadyTime now_ = SteadyTime::Now();
  ProfileCache cache_{[this] { return now_; }};
};

TEST_F(ProfileCacheChangesTest, SnapshotsTellWhatIsNewOtherAndGone) {
  ApplyOutcome outcome = Apply(Snapshot(5, {TestTool("Grep", "1.0", 1), TestTool("ping", "1.0", 2)}));
  EXPECT_EQ(outcome.added, 2);
  EXPECT_EQ(outcome.from_revision, 0);
  EXPECT_EQ(outcome.revision, 5);
  EXPECT_THAT(outcome.tool_names, ElementsAre("Grep", "ping"));
  outcome = Apply(Snapshot(5, {TestTool("Grep", "1.0", 1), TestTool("ping", "1.0", 2)}));
  EXPECT_EQ(outcome.added + outcome.changed + outcome.removed, 0);
  EXPECT_EQ(outcome.tools, 2);
  outcome = Apply(Snapshot(9, {TestTool("ping", "1.0", 8), TestTool("curl", "1.0", 7)}));
  EXPECT_EQ(outcome.added, 1);
  EXPECT_EQ(outcome.changed, 1);
  EXPECT_EQ(outcome.removed, 1);
  EXPECT_THAT(outcome.tool_names, ElementsAre("curl", "Grep", "ping"));
  EXPECT_GE(outcome.apply, outcome.parse + outcome.swap);
}

TEST_F(ProfileCacheChangesTest, WritesAndFetchesTellTheSame) {
  Apply(Snapshot(5, {TestTool("Grep", "1.0", 1), TestTool("ping", "1.0", 2)}));
  v1::Tool disabled = TestTool("ping", "1.0", 6);
  disabled.set_enabled(false);
  ApplyOutcome outcome =
      Apply(Write(6, {StoredChange(disabled), StoredChange(TestTool("b", "1.0", 6)), DeletedChange("x", "1", 6)}));
  EXPECT_EQ(outcome.added, 1);
  EXPECT_EQ(outcome.removed, 1);
  EXPECT_EQ(outcome.tools, 3);
  EXPECT_THAT(outcome.tool_names, ElementsAre("b", "ping"));
  outcome = Fetch(TestTool("Grep", "1.0", 1), "grep", 6);
  EXPECT_EQ(outcome.tools, 1);
  EXPECT_THAT(outcome.tool_names, ElementsAre());
  outcome = Fetch(TestTool("Grep", "1.0", 7), "grep", 7);
  EXPECT_EQ(outcome.changed, 1);
  outcome = Fetch(std::nullopt, "grep", 8);
  EXPECT_THAT(outcome.tool_names, ElementsAre("Grep"));
  EXPECT_EQ(outcome.removed, 1);
}

TEST_F(ProfileCacheChangesTest, NamesAreBounded) {
  std::vector<v1::Tool> tools;
  for (int i = 1000; i < 1150; ++i) tools.push_back(TestTool(absl::StrCat("tool", i), "1.0", 1));
  const ApplyOutcome outcome = Apply(Snapshot(5, tools));
  EXPECT_EQ(outcome.added, 150);
  ASSERT_EQ(outcome.tool_names.size(), 100u);
  EXPECT_EQ(outcome.tool_names.back(), "tool1099");
}

TEST_F(ProfileCacheChangesTest, OneBadToolDoesNotBlockNineHundredNinetyNine) {
  std::vector<v1::Tool> tools;
  for (int i = 0; i < 1000; ++i) tools.push_back(TestTool(absl::StrCat("tool", i), "1.0", 5));
  Apply(Snapshot(5, tools));
  std::vector<v1::Change> changes;
  for (int i = 0; i < 1000; ++i) {
    changes.push_back(StoredChange(i == 500 ? Oversized("tool500", 6) : TestTool(absl::StrCat("tool", i), "1.0", 6)));
  }
  ApplyOutcome outcome = Apply(Write(6, changes));
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_EQ(outcome.revision, 6);
  // The bad one's error is a change as well.
  EXPECT_EQ(outcome.changed, 1000);
  for (int i = 0; i < 1000; ++i) {
    const ProfileEntryPtr entry = cache_.Get(absl::StrCat("tool", i)).entry;
    v1::Profile profile;
    ASSERT_TRUE(profile.ParseFromString(entry->profile->body));
    EXPECT_EQ(profile.tool().revision(), i == 500 ? 5 : 6);
    EXPECT_EQ(entry->error.empty(), i != 500);
  }
  outcome = Apply(Write(7, {StoredChange(TestTool("tool500", "1.0", 7))}));
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.changed, 1);
  EXPECT_EQ(cache_.Get("tool500").entry->error, "");
}

TEST_F(ProfileCacheChangesTest, SizesFollowTheEntries) {
  Apply(Snapshot(5, {TestTool("grep", "1.0", 5)}));
  const int64_t one = Described().cache_bytes();
  EXPECT_GT(one, 100);
  v1::Tool large = TestTool("ping", "1.0", 6);
  large.set_description(std::string(10000, 'x'));
  Apply(Write(6, {StoredChange(large)}));
  EXPECT_GT(Described().cache_bytes(), one + 10000);
  EXPECT_EQ(Described().cache_entries(), 2);
  EXPECT_EQ(Described().applied_revision(), 6);
  Apply(Write(7, {DeletedChange("ping", "1.0", 7)}));
  EXPECT_EQ(Described().cache_bytes(), one);
  EXPECT_EQ(Described().cache_entries(), 1);
}

TEST_F(ProfileCacheChangesTest, FiltersCombine) {
  v1::Tool a = TestTool("a", "1.0", 1), b = TestTool("b", "1.0", 1), c = TestTool("c", "1.0", 1);
  a.add_capabilities()->set_capability_name("read");
  b.add_capabilities()->set_capability_name("file_read");
  c.add_capabilities()->set_capability_name("write");
  b.set_platform("windows");
  c.set_category("network");
  (*c.mutable_metadata()->mutable_fields())["tags"].set_string_value("Logs, text");
  Apply(Snapshot(5, {a, b, c}));
  EXPECT_THAT(Listed({}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Listed({{"read", "file_read"}, "", "", ""}), ElementsAre("a", "b"));
  EXPECT_THAT(Listed({{"read", "file_read"}, "windows", "", ""}), ElementsAre("b"));
  EXPECT_THAT(Listed({{}, "", "network", "logs"}), ElementsAre("c"));
  EXPECT_THAT(Listed({{}, "", "system", "logs"}), ElementsAre());
}

TEST_F(ProfileCacheChangesTest, FilteredPagesHoldTogether) {
  std::vector<v1::Tool> tools;
  for (int i = 1000; i < 2000; ++i) {
    tools.push_back(TestTool(absl::StrCat("tool", i), "1.0", 1));
    if (i % 3 == 0) tools.back().set_platform("windows");
  }
  Apply(Snapshot(5, tools));
  ProfileFilter filter;
  filter.platform = "windows";
  std::string after;
  int listed = 0;
  bool more = true;
  while (more) {
    const ProfileCache::Page page = cache_.List(after, 100, filter);
    EXPECT_EQ(page.total, 333);
    ASSERT_FALSE(page.entries.empty());
    for (const auto& entry : page.entries) EXPECT_EQ(entry.entry->profile->platform, "windows");
    listed += static_cast<int>(page.entries.size());
    after = page.entries.back().entry->key;
    more = page.more;
  }
  EXPECT_EQ(listed, 333);
}

TEST_F(ProfileCacheChangesTest, InvalidatingAllMarksWhatIsThereOnly) {
  Apply(Snapshot(5, {TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 5)}));
  const int64_t before = cache_.NextSequence();
  EXPECT_EQ(cache_.Invalidate(""), 2);
  FetchedTool early{"grep", TestTool("grep", "1.0", 6), "", 6, before, At(6)};
  Apply(early);
  EXPECT_GT(cache_.Get("grep").invalid_mark, before);
  Fetch(TestTool("grep", "1.0", 6), "grep", 6);
  EXPECT_EQ(cache_.Get("grep").invalid_mark, 0);
  EXPECT_GT(cache_.Get("ping").invalid_mark, before);
  CatalogSnapshot snapshot = Snapshot(7, {TestTool("ping", "1.0", 5)});
  snapshot.started = SteadyTime::Now();
  Apply(snapshot);
  EXPECT_EQ(cache_.Get("ping").invalid_mark, 0);
}

TEST_F(ProfileCacheChangesTest, AWriteThatWasOnItsWayDoesNotAnswerAnInvalidation) {
  Apply(Snapshot(5, {TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 5)}));
  for (const std::string key : {"grep", ""}) {
    cache_.Invalidate(key);
    const int64_t revision = cache_.GetFreshness().revision + 1;
    Apply(Write(revision, {StoredChange(TestTool("grep", "1.0", revision)), DeletedChange("curl", "1.0", revision),
                           StoredChange(TestTool("curl", "1.0", revision))}));
    EXPECT_EQ(cache_.Get("grep").entry->as_of, revision);
    EXPECT_GT(cache_.Get("grep").invalid_mark, 0);
    // A tool that the write has created is concerned if all were marked.
    EXPECT_EQ(cache_.Get("curl").invalid_mark > 0, key.empty());
    Fetch(TestTool("grep", "1.0", revision), "grep", revision);
    EXPECT_EQ(cache_.Get("grep").invalid_mark, 0);
  }
}

TEST_F(ProfileCacheChangesTest, ASnapshotAnswersInvalidationsFromBeforeItsStreamOnly) {
  Apply(Snapshot(5, {TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 5)}));
  for (const std::string key : {"grep", ""}) {
    CatalogSnapshot early = Snapshot(6, {TestTool("grep", "1.0", 6), TestTool("ping", "1.0", 5)});
    cache_.Invalidate("ping");
    early.started = SteadyTime::Now();
    cache_.Invalidate(key);
    Apply(early);
    EXPECT_GT(cache_.Get("grep").invalid_mark, 0);
    EXPECT_EQ(cache_.Get("ping").invalid_mark > 0, key.empty());
    CatalogSnapshot reload = Snapshot(7, {TestTool("grep", "1.0", 6), TestTool("ping", "1.0", 5)});
    reload.started = SteadyTime::Now();
    Apply(reload);
    EXPECT_EQ(cache_.Get("grep").invalid_mark, 0);
    EXPECT_EQ(cache_.Get("ping").invalid_mark, 0);
  }
  // Writes after it are newer than it is.
  Apply(Write(8, {StoredChange(TestTool("curl", "1.0", 8)), StoredChange(TestTool("grep", "1.0", 8))}));
  EXPECT_EQ(cache_.Get("curl").invalid_mark, 0);
  EXPECT_EQ(cache_.Get("grep").invalid_mark, 0);
}

TEST_F(ProfileCacheChangesTest, IsAsOldAsItsLastNews) {
  EXPECT_EQ(Described().staleness_ms(), 0);
  Apply(Snapshot(5, {TestTool("grep", "1.0", 5)}));
  const auto staleness_ms_after = [this](absl::Duration time) {
    now_ = now_ + time;
    return Described().staleness_ms();
  };
  EXPECT_EQ(staleness_ms_after(absl::Seconds(94)), 94000);
  const CatalogWrite write = Write(6, {StoredChange(TestTool("grep", "1.0", 6))});
  Apply(write);
  EXPECT_EQ(staleness_ms_after(absl::Seconds(1)), 1000);
  Apply(write);
  EXPECT_EQ(staleness_ms_after(absl::Seconds(1)), 2000) << "a replay is no news";
  cache_.Advance(6);
  EXPECT_EQ(staleness_ms_after(absl::Seconds(3)), 3000);
  Apply(Snapshot(6, {TestTool("grep", "1.0", 6)}));
  EXPECT_EQ(staleness_ms_after(absl::ZeroDuration()), 0);
}

TEST_F(ProfileCacheChangesTest, ASnapshotAnswersAnInvalidationThoughTheClockIsSetBack) {
  Apply(Snapshot(5, {TestTool("grep", "1.0", 5)}));
  cache_.Invalidate("grep");
  const SteppedClock back(-absl::Hours(1));
  CatalogSnapshot reload = Snapshot(6, {TestTool("grep", "1.0", 5)});
  reload.started = SteadyTime::Now();
  Apply(reload);
  EXPECT_EQ(cache_.Get("grep").invalid_mark, 0);
}

TEST_F(ProfileCacheChangesTest, ASnapshotDoesNotAnswerALaterInvalidationThoughTheClockIsSetBack) {
  Apply(Snapshot(5, {TestTool("grep", "1.0", 5)}));
  CatalogSnapshot reload = Snapshot(6, {TestTool("grep", "1.0", 5)});
  reload.started = SteadyTime::Now();
  const SteppedClock back(-absl::Hours(1));
  cache_.Invalidate("grep");
  Apply(reload);
  EXPECT_GT(cache_.Get("grep").invalid_mark, 0);
}

TEST_F(ProfileCacheChangesTest, AFetchAnswersAnInvalidationThoughAWriteHasOvertakenIt) {
  Apply(Snapshot(5, {TestTool("grep", "1.0", 5)}));
  cache_.Invalidate("grep");
  FetchedTool fetched{"grep", TestTool("grep", "1.0", 6), "", 6, cache_.NextSequence(), At(6)};
  Apply(Write(7, {StoredChange(TestTool("grep", "1.0", 7))}));
  EXPECT_GT(cache_.Get("grep").invalid_mark, 0);
  const ApplyOutcome outcome = Apply(fetched);
  EXPECT_EQ(outcome.changed, 0);
  EXPECT_EQ(cache_.Get("grep").entry->as_of, 7);
  EXPECT_EQ(cache_.Get("grep").invalid_mark, 0);
}

TEST_F(ProfileCacheChangesTest, FindsWhatDiffersFromTheCatalog) {
  v1::Tool disabled = TestTool("disabled", "1.0", 5);
  disabled.set_enabled(false);
  std::vector<v1::Tool> tools = {TestTool("a", "1.0", 5), TestTool("b", "1.0", 5), TestTool("c", "1.0", 5), disabled};
  Apply(Snapshot(5, tools));
  EXPECT_THAT(cache_.FindDifferences(Hashes(5, tools), "", true), ElementsAre());
  // Another content, another version, one that is gone and one that is new.
  tools = {TestTool("A", "1.0", 4), TestTool("b", "2.0", 5), disabled, TestTool("x", "1.0", 5)};
  EXPECT_THAT(cache_.FindDifferences(Hashes(5, tools), "", true), ElementsAre("a", "b", "c", "x"));
  // Only what lies in the page's range.
  EXPECT_THAT(cache_.FindDifferences(Hashes(5, {tools[1]}), "a", false), ElementsAre("b"));
  // What is known as of a later revision is right.
  Apply(Write(6, {StoredChange(TestTool("b", "3.0", 6))}));
  EXPECT_THAT(cache_.FindDifferences(Hashes(5, {tools[0], tools[1]}), "", false), ElementsAre("a"));
}

TEST_F(ProfileCacheChangesTest, InvalidProfilesDifferAndDefinitionsThatCannotBeServedDoNot) {
  std::vector<v1::Tool> tools = {TestTool("a", "1.0", 5), TestTool("b", "1.0", 5), Oversized("c", 5)};
  Apply(Snapshot(5, tools));
  cache_.Invalidate("b");
  EXPECT_THAT(cache_.FindDifferences(Hashes(5, tools), "", true), ElementsAre("b"));
  // Once the catalog has a good one, it is fetched.
  tools[2] = TestTool("c", "1.0", 5);
  EXPECT_THAT(cache_.FindDifferences(Hashes(5, tools), "", true), ElementsAre("b", "c"));
}

TEST_F(ProfileCacheChangesTest, ListsByName) {
  v1::Tool disabled = TestTool("b", "1.0", 1);
  disabled.set_enabled(false);
  Apply(Snapshot(5, {TestTool("C", "1.0", 5), TestTool("a", "1.0", 5), disabled, TestTool("d", "1.0", 5)}));
  ProfileCache::Page page = cache_.List("", 2);
  ASSERT_EQ(page.entries.size(), 2u);
  EXPECT_EQ(page.entries[0].entry->key, "a");
  EXPECT_EQ(page.entries[1].entry->key, "c");
  EXPECT_EQ(page.total, 3);
  EXPECT_TRUE(page.more);
  page = cache_.List("c", 2);
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries[0].entry->key, "d");
  EXPECT_FALSE(page.more);
}

}  // namespace
}  // namespace toolcatalog
