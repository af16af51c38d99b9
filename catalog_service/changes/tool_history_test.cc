#include "catalog_service/changes/tool_history.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/model/stored_tool.h"
#include "catalog_service/postgres/migrations.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/definition/definition.h"
#include "common/status.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

class ToolHistoryTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    history_ = std::make_unique<ToolHistory>(pool_.get());
  }

  absl::StatusOr<MutationResult> Describe(const std::string& name, const std::string& version,
                                          const std::string& description) {
    v1::Tool values;
    values.set_description(description);
    return Write(UpdateMutation{name, version, {"description"}, values, {}});
  }

  // Three versions that come, change and go, in eight revisions beside those of another tool; what every read of grep
  // answered right after each.
  void WriteHistory() {
    const std::vector<std::function<absl::StatusOr<MutationResult>()>> writes = {
        [&] { return Create("grep", "1.0"); },
        [&] { return Create("sed"); },
        [&] { return Describe("grep", "1.0", "second"); },
        [&] { return Create("grep", "2.0"); },
        [&] {
          return Write(SetEnabledMutation{"grep", "1.0", false, {}});
        },
        [&] {
          return Write(DeleteMutation{"grep", "2.0", {}});
        },
        [&] {
          return Write(ImportMutation{{NormalTool("grep", "3.0"), NormalTool("grep", "2.0")}, false});
        },
        [&] {
          return Write(DeleteMutation{"grep", "", {}});
        },
        [&] { return Create("GREP", "1.0"); },
    };
    Note(0);
    for (size_t i = 0; i < writes.size(); ++i) {
      ASSERT_THAT(writes[i](), IsOk()) << i;
      Note(static_cast<int64_t>(i) + 1);
    }
  }

  void Note(int64_t revision) {
    for (const char* version : {"", "1.0", "2.0", "3.0"}) {
      auto got = reader_->Get("grep", version);
      if (got.ok()) seen_[{revision, version}] = *got;
    }
    for (const auto& row : Sql("select version_key, created_revision, created_ordinal from versions where name_key = "
                               "'grep'")) {
      created_[{revision, row[0]}] = absl::StrCat(row[1], ".", row[2]);
    }
  }

  void ExpectAsSeen(int64_t revision) {
    SCOPED_TRACE(revision);
    for (const char* version : {"", "1.0", "2.0", "3.0"}) {
      auto got = history_->GetAsOf("grep", version, revision);
      auto expected = seen_.find({revision, version});
      if (expected == seen_.end()) {
        EXPECT_THAT(got.status(), HasCode(absl::StatusCode::kNotFound)) << version;
        EXPECT_EQ(ErrorMetadata(got.status(), "as_of_revision"), absl::StrCat(revision));
        continue;
      }
      ASSERT_THAT(got, IsOk()) << version;
      EXPECT_EQ(SerializeDeterministically(got->tool()), SerializeDeterministically(expected->second.tool()))
          << version;
      EXPECT_EQ(got->content_hash(), expected->second.content_hash());
      EXPECT_EQ(got->as_of_revision(), revision);
    }
  }

  absl::StatusOr<MutationResult> RollBack(int64_t revision) {
    auto past = history_->RollbackTarget("grep", revision, hold_);
    if (!past.ok()) return past.status();
    return Write(RollbackMutation{"grep", "", {}, *std::move(past)});
  }

  std::vector<std::vector<std::string>> Columns(const std::string& condition) {
    return Sql(
        absl::StrCat("select revision, ordinal, latest_before, created_revision, created_ordinal from changes "
                     "where ",
                     condition, " order by 1, 2"));
  }

  // Writes changes anew as binaries do that do not know the columns.
  void WriteWithoutColumns(const std::string& condition) {
    Sql(absl::StrCat(
        "drop table if exists written; create table written as select * from changes where ", condition,
        "; delete from changes where ", condition,
        "; insert into changes (revision, ordinal, kind, name_key, version_key, tool_name, version, "
        "definition_revision, is_latest, previous_revision, was_latest) select revision, ordinal, kind, name_key, "
        "version_key, tool_name, version, definition_revision, is_latest, previous_revision, was_latest from written "
        "order by 1, 2"));
  }

  // Takes the schema back to where the columns did not exist, and forth again; how long the latter took.
  absl::Duration Migrate() {
    Sql("drop trigger complete_change on changes; drop function complete_change; alter table revisions drop reason; "
        "alter table changes drop latest_before, drop created_revision, drop created_ordinal; "
        "drop index changes_by_tool; drop index revisions_by_actor; drop index revisions_by_time; "
        "drop table requests; delete from schema_migrations where number = 2");
    auto connection = PgConnection::Connect(Options("test"));
    EXPECT_THAT(connection, IsOk());
    const absl::Time start = absl::Now();
    EXPECT_THAT((*connection)->ExecuteScript(Migrations()[1].sql), IsOk());
    return absl::Now() - start;
  }

  std::unique_ptr<ToolHistory> history_;
  std::map<std::pair<int64_t, std::string>, v1::GetToolResponse> seen_;
  std::map<std::pair<int64_t, std::string>, std::string> created_;
};

TEST_F(ToolHistoryTest, EveryRevisionReadsAsItWas) {
  WriteHistory();
  for (int64_t revision = 0; revision <= 9; ++revision) ExpectAsSeen(revision);
}

TEST_F(ToolHistoryTest, WhatIsKeptCanBeReadWhenOlderChangesAreGone) {
  WriteHistory();
  Sql("delete from changes where revision <= 5; delete from revisions where revision < 5; "
      "delete from definitions where revision < 3");
  for (int64_t revision = 5; revision <= 9; ++revision) ExpectAsSeen(revision);
  const absl::Status gone = history_->GetAsOf("grep", "", 4).status();
  EXPECT_THAT(gone, HasCode(absl::StatusCode::kOutOfRange));
  EXPECT_TRUE(HasReason(gone, Reason::kCompacted));
  EXPECT_EQ(ErrorMetadata(gone, "oldest_revision"), "5");
  EXPECT_EQ(ErrorMetadata(gone, "current_revision"), "9");
  // Whether revision 5 changed grep is not known any more.
  EXPECT_EQ(ErrorMetadata(history_->StateAsOf("grep", 5, hold_).status(), "oldest_revision"), "6");
  auto state = history_->StateAsOf("grep", 6, hold_);
  ASSERT_THAT(state, IsOk());
  EXPECT_TRUE(state->changed_at_revision);
  EXPECT_EQ(state->state.versions.size(), 1u);
}

TEST_F(ToolHistoryTest, ARevisionThatIsNotWrittenYetIsRefused) {
  ASSERT_THAT(Create("grep"), IsOk());
  for (const absl::Status& status :
       {history_->GetAsOf("grep", "", 2).status(), history_->StateAsOf("grep", 2, hold_).status()}) {
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_TRUE(HasReason(status, Reason::kRevisionUnavailable));
    EXPECT_EQ(ErrorMetadata(status, "current_revision"), "1");
  }
}

TEST_F(ToolHistoryTest, TheStateOfAToolIsWholeAndInOrderOfCreation) {
  WriteHistory();
  for (int64_t revision = 0; revision <= 9; ++revision) {
    SCOPED_TRACE(revision);
    auto as_of = history_->StateAsOf("grep", revision, hold_);
    ASSERT_THAT(as_of, IsOk());
    EXPECT_EQ(as_of->changed_at_revision, revision != 0 && revision != 2);
    size_t versions = 0;
    for (const auto& [key, seen] : seen_) {
      if (key.first != revision || key.second.empty()) continue;
      ++versions;
      ASSERT_EQ(as_of->state.versions.count(key.second), 1u) << key.second;
      const VersionState& version = as_of->state.versions.at(key.second);
      EXPECT_EQ(SerializeDeterministically(DecodeTool(as_of->state.Stored(key.second))),
                SerializeDeterministically(seen.tool()));
      EXPECT_EQ(absl::StrCat(version.created_revision, ".", version.created_ordinal), created_[key]);
      EXPECT_EQ(as_of->state.tool_name, seen.tool().tool_name());
    }
    EXPECT_EQ(as_of->state.versions.size(), versions);
  }
}

TEST_F(ToolHistoryTest, VersionsWhoseCreationIsForgottenKeepTheirOrder) {
  for (const char* version : {"3.0", "1.0", "2.0"}) ASSERT_THAT(Create("grep", version), IsOk());
  ASSERT_THAT(Create("sed"), IsOk());
  ASSERT_THAT(Write(DeleteMutation{"grep", "1.0", {}}), IsOk());
  Sql("delete from changes where revision <= 3; delete from revisions where revision < 3");
  auto as_of = history_->StateAsOf("grep", 4, hold_);
  ASSERT_THAT(as_of, IsOk());
  const auto& versions = as_of->state.versions;
  ASSERT_EQ(versions.size(), 3u);
  EXPECT_EQ(as_of->state.latest_version_key, "2.0");
  EXPECT_LE(versions.at("3.0").created_revision, versions.at("1.0").created_revision);
  EXPECT_LT(versions.at("1.0").created_revision, versions.at("2.0").created_revision);
}

TEST_F(ToolHistoryTest, RowsOfBeforeTheColumnGetTheirLatestVersion) {
  WriteHistory();
  const auto expected = Columns("true");
  Migrate();
  EXPECT_EQ(Columns("true"), expected);
}

TEST_F(ToolHistoryTest, AToolWithALongHistoryIsMigratedInOnePass) {
  ASSERT_THAT(Create("grep"), IsOk());
  Sql("insert into changes (revision, ordinal, kind, name_key, version_key, tool_name, version, definition_revision, "
      "is_latest, previous_revision, was_latest) "
      "select i, 0, 'updated', 'grep', '1.0', 'grep', '1.0', i, true, i - 1, true from generate_series(2, 20000) i");
  EXPECT_LT(Migrate(), absl::Seconds(10));
  EXPECT_EQ(Sql("select count(*), min(created_revision), max(created_revision), min(latest_before) from changes "
                "where revision > 1")[0],
            (std::vector<std::string>{"19999", "1", "1", "1.0"}));
}

TEST_F(ToolHistoryTest, RowsOfBinariesThatDoNotKnowTheColumnsGetThemToo) {
  WriteHistory();
  const auto expected = Columns("true");
  WriteWithoutColumns("true");
  EXPECT_EQ(Columns("true"), expected);
}

TEST_F(ToolHistoryTest, SuchRowsAfterARollbackGetTheColumnsToo) {
  ASSERT_THAT(Create("grep", "1.0"), IsOk());
  ASSERT_THAT(Create("grep", "2.0"), IsOk());
  ASSERT_THAT(Create("grep", "3.0"), IsOk());
  ASSERT_THAT(Write(DeleteMutation{"grep", "1.0", {}}), IsOk());
  // 1.0 comes back; 2.0 and 3.0, the latest, go.
  ASSERT_THAT(RollBack(1), IsOk());
  ASSERT_THAT(Describe("grep", "1.0", "of an older binary"), IsOk());
  auto expected = Columns("revision = 6");
  WriteWithoutColumns("revision = 6");
  EXPECT_EQ(Columns("revision = 6"), expected);
  auto past = history_->GetAsOf("grep", "", 5);
  ASSERT_THAT(past, IsOk());
  EXPECT_EQ(past->tool().version(), "1.0");

  // And again with another as the latest.
  ASSERT_THAT(RollBack(3), IsOk());
  ASSERT_THAT(Describe("grep", "1.0", "of an older binary again"), IsOk());
  expected = Columns("revision = 8");
  WriteWithoutColumns("revision = 8");
  EXPECT_EQ(Columns("revision = 8"), expected);
  past = history_->GetAsOf("grep", "", 7);
  ASSERT_THAT(past, IsOk());
  EXPECT_EQ(past->tool().version(), "3.0");
}

TEST_F(ToolHistoryTest, SuchRowsGetTheColumnsWhereTheOlderChangesOfTheToolAreGone) {
  for (const char* version : {"2.0", "1.0", "3.0"}) ASSERT_THAT(Create("grep", version), IsOk());
  const std::vector<std::function<absl::StatusOr<MutationResult>()>> writes = {
      [&] { return Describe("grep", "1.0", "not the latest"); },
      [&] { return Describe("grep", "3.0", "the latest"); },
      [&] { return Create("grep", "4.0"); },
      [&] {
        return Write(DeleteMutation{"grep", "4.0", {}});
      },
      [&] {
        return Write(ImportMutation{{NormalTool("grep", "5.0"), NormalTool("sed")}, false});
      },
      [&] {
        return Write(DeleteMutation{"grep", "", {}});
      },
      [&] { return Create("grep", "1.0"); },
  };
  for (size_t i = 0; i < writes.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_THAT(writes[i](), IsOk());
    Sql("delete from changes where revision < (select revision from counter)");
    // Of a version that is gone with its changes, nothing tells where it was created.
    const std::string known = "definition_revision is not null";
    const auto columns = Columns(known),
               latest = Sql("select revision, ordinal, latest_before from changes order by 1, 2");
    WriteWithoutColumns("true");
    EXPECT_EQ(Columns(known), columns);
    EXPECT_EQ(Sql("select revision, ordinal, latest_before from changes order by 1, 2"), latest);
  }
}

TEST_F(ToolHistoryTest, APageThatNobodyWaitsForIsNotRead) {
  ASSERT_THAT(Create("grep"), IsOk());
  for (int i = 0; i < 40; ++i) ASSERT_THAT(Describe("grep", "", absl::StrCat("edit ", i)), IsOk());
  int asked = 0;
  const auto page = history_->List("grep", "", std::nullopt, 1000, [&asked] { return ++asked == 2; });
  EXPECT_THAT(page.status(), HasCode(absl::StatusCode::kCancelled));
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(history_->List("grep", "", std::nullopt, 1000, [] { return false; })->entries.size(), 41u);
}

TEST_F(ToolHistoryTest, ARollbackAsksForRoomBeforeItReads) {
  ASSERT_THAT(Create("grep", "1.0"), IsOk());
  ASSERT_THAT(Create("grep", "2.0"), IsOk());
  size_t held = 0;
  const auto refuse = [&](size_t bytes) {
    held = bytes;
    return MakeError(Reason::kMemoryBudgetExhausted, "full");
  };
  EXPECT_THAT(history_->RollbackTarget("grep", 2, refuse).status(), HasCode(absl::StatusCode::kResourceExhausted));
  const auto past = history_->RollbackTarget("grep", 2, hold_);
  ASSERT_THAT(past, IsOk());
  size_t bytes = 0;
  for (const auto& [version_key, version] : past->versions) bytes += version.body->size();
  EXPECT_EQ(held, bytes);
}

TEST_F(ToolHistoryTest, APageOfLargeDefinitionsIsShort) {
  constexpr int kUpdates = 60;
  ASSERT_THAT(Write(ImportMutation{{NormalToolOf(200'000, "grep")}, false}), IsOk());
  for (int i = 0; i < kUpdates; ++i) ASSERT_THAT(Describe("grep", "", absl::StrCat("edit ", i)), IsOk());
  std::optional<ChangePlace> place;
  int64_t revision = kUpdates + 1;
  int pages = 0;
  do {
    auto page = history_->List("grep", "", place, 1000, [] { return false; });
    ASSERT_THAT(page, IsOk());
    ASSERT_FALSE(page->entries.empty());
    EXPECT_LT(page->entries.size(), 50u);
    for (const std::string& encoded : page->entries) {
      v1::HistoryEntry entry;
      ASSERT_TRUE(entry.ParseFromString(encoded));
      EXPECT_EQ(entry.revision(), revision--);
    }
    place = page->end;
    ++pages;
  } while (place.has_value());
  EXPECT_EQ(revision, 0);
  EXPECT_GE(pages, 2);
}

}  // namespace
}  // namespace toolcatalog
