#include "catalog_service/compactor.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/changes/tool_history.h"
#include "catalog_service/rpc/change_requests.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/definition/definition.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

class CompactorTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    history_ = std::make_unique<ToolHistory>(pool_.get());
    list_ = std::make_unique<ChangeList>(pool_.get());
    queries_ = std::make_unique<ChangeRequests>(list_.get(), history_.get());
  }

  absl::StatusOr<Compaction> Compact(absl::Duration age, int64_t revisions) {
    return Compactor(Options("test"), {age, revisions})
        .Run([](const Compaction&) {}, [](absl::Duration) { return true; });
  }

  // Makes every write older.
  void Age(const std::string& interval) {
    Sql(absl::StrCat("update revisions set committed_at = committed_at - interval '", interval, "'"));
  }

  absl::StatusOr<MutationResult> Describe(const std::string& name, const std::string& version,
                                          const std::string& description) {
    v1::Tool values;
    values.set_description(description);
    return Write(UpdateMutation{name, version, {"description"}, values, {}});
  }

  // Sixty writes to three tools with two versions each: all kinds, again and again.
  void WriteLog() {
    for (int i = 0; i < 60; ++i) {
      const std::string name = absl::StrCat("tool-", i % 3), version = absl::StrCat(i / 3 % 2 + 1, ".0");
      if (!reader_->Get(name, version).ok()) {
        ASSERT_THAT(Create(name, version), IsOk());
      } else if (i % 7 == 0) {
        ASSERT_THAT(Write(DeleteMutation{name, i % 2 == 0 ? "" : version, {}}), IsOk());
      } else {
        ASSERT_THAT(Describe(name, version, absl::StrCat("text ", i)), IsOk());
      }
    }
  }

  // Everything that reads of one revision answer.
  std::string ReadAll(int64_t revision) {
    std::string text;
    for (const char* name : {"tool-0", "tool-1", "tool-2"}) {
      for (const char* version : {"", "1.0", "2.0"}) {
        auto got = history_->GetAsOf(name, version, revision);
        absl::StrAppend(&text, name, " ", version, " ", got.ok() ? SerializeDeterministically(*got) : "none", "\n");
      }
      auto state = history_->StateAsOf(name, revision, hold_);
      if (state.ok()) absl::StrAppend(&text, state->changed_at_revision, state->state.latest_version_key, "\n");
    }
    return text;
  }

  std::string Count(const std::string& table) { return Sql(absl::StrCat("select count(*) from ", table))[0][0]; }

  std::unique_ptr<ToolHistory> history_;
  std::unique_ptr<ChangeList> list_;
  std::unique_ptr<ChangeRequests> queries_;
};

TEST_F(CompactorTest, WhatIsKeptReadsAsBefore) {
  WriteLog();
  Age("1 hour");
  std::map<int64_t, std::string> before;
  for (int64_t revision = 1; revision <= 60; ++revision) before[revision] = ReadAll(revision);
  const auto versions = Sql("select * from versions order by 1, 2");
  for (const int64_t kept : {50, 40, 17, 1}) {
    SCOPED_TRACE(kept);
    auto done = Compact(absl::Hours(1000), kept);
    ASSERT_THAT(done, IsOk());
    const int64_t oldest = std::min<int64_t>(60 - kept, 59);
    EXPECT_EQ(done->oldest_revision, oldest);
    for (int64_t revision = oldest + 1; revision <= 60; ++revision) EXPECT_EQ(ReadAll(revision), before[revision]);
    EXPECT_THAT(history_->GetAsOf("tool-0", "1.0", oldest - 1).status(), HasCode(absl::StatusCode::kOutOfRange));
    EXPECT_EQ(Count("revisions"), absl::StrCat(60 - oldest + 1));
    EXPECT_EQ(Sql("select min(revision) from changes")[0][0], absl::StrCat(oldest + 1));
    // No definition is missing, and none is left that nothing refers to.
    EXPECT_EQ(Count("changes c where definition_revision is not null and not exists (select from definitions d where "
                    "(d.name_key, d.version_key, d.revision) = (c.name_key, c.version_key, c.definition_revision))"),
              "0");
    EXPECT_EQ(Count("definitions d where not exists (select from versions v where (v.name_key, v.version_key, "
                    "v.revision) = (d.name_key, d.version_key, d.revision)) and not exists (select from changes c "
                    "where (c.name_key, c.version_key) = (d.name_key, d.version_key) and "
                    "d.revision in (c.definition_revision, c.previous_revision))"),
              "0");
  }
  EXPECT_EQ(Sql("select * from versions order by 1, 2"), versions);
  ASSERT_THAT(Create("later"), IsOk());
}

TEST_F(CompactorTest, StreamsAndListsTellWhatIsGone) {
  WriteLog();
  Age("1 hour");
  const Position early = *log_->Verify(20, ""), base = *log_->Verify(30, "");
  ASSERT_THAT(Compact(absl::Hours(1000), 30), IsOk());
  // The base is a position from which all that is kept can be read.
  EXPECT_TRUE(*log_->Oldest() == base);
  auto writes = log_->After(base, 100, ChangeLog::Previous::kLeaveOut);
  ASSERT_THAT(writes, IsOk());
  EXPECT_EQ(writes->writes.size(), 30u);
  v1::ListChangesRequest request;
  request.set_from_revision(29);
  for (const absl::Status& status :
       {log_->After(early, 10, ChangeLog::Previous::kLeaveOut).status(), log_->Verify(20, early.state_hash).status(),
        AsReceived(queries_->List(request)).status(), history_->GetAsOf("tool-1", "", 29).status()}) {
    EXPECT_THAT(status, HasCode(absl::StatusCode::kOutOfRange));
    EXPECT_TRUE(HasReason(status, Reason::kCompacted));
    EXPECT_EQ(ErrorMetadata(status, "current_revision"), "60");
    EXPECT_EQ(ErrorMetadata(status, "oldest_revision"), "30");
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("30"));
  }
  // A list from there has all of them.
  request.set_from_revision(30);
  auto list = AsReceived(queries_->List(request));
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->changes(0).revision(), 31);
  EXPECT_EQ(list->oldest_revision(), 30) << "the one to start from, as the errors say";
}

TEST_F(CompactorTest, ALineageOfHistoryHasItsDifferencesWhileItIsKept) {
  ASSERT_THAT(Create("grep"), IsOk());
  for (int i = 1; i < 10; ++i) ASSERT_THAT(Describe("grep", "", absl::StrCat("text ", i)), IsOk());
  Age("1 hour");
  ASSERT_THAT(Compact(absl::Hours(1000), 4), IsOk());
  v1::ListToolHistoryRequest request;
  request.set_tool_name("grep");
  auto history = AsReceived(queries_->History(request, [] { return false; }));
  ASSERT_THAT(history, IsOk());
  ASSERT_EQ(history->history_size(), 4);
  for (const v1::HistoryEntry& entry : history->history()) {
    ASSERT_EQ(entry.diff_size(), 1) << entry.revision();
    EXPECT_EQ(entry.diff(0).old().string_value(), absl::StrCat("text ", entry.revision() - 2));
  }
}

TEST_F(CompactorTest, AgeAndCountEachRemoveButNeverTheNewestFifteenMinutes) {
  WriteLog();
  EXPECT_EQ(Compact(absl::ZeroDuration(), 1)->oldest_revision, 0) << "all are younger than 15 minutes";
  Sql("update revisions set committed_at = committed_at - interval '16 minutes' where revision <= 10");
  EXPECT_EQ(Compact(absl::ZeroDuration(), 1000)->oldest_revision, 10);
  Sql("update revisions set committed_at = committed_at - interval '3 days' where revision <= 30");
  EXPECT_EQ(Compact(absl::Hours(24 * 4), 1000)->oldest_revision, 10);
  EXPECT_EQ(Compact(absl::Hours(24 * 2), 1000)->oldest_revision, 30);
  Sql("update revisions set committed_at = committed_at - interval '3 days' where revision <= 60");
  EXPECT_EQ(Compact(absl::ZeroDuration(), 1)->oldest_revision, 59) << "the newest write stays";
  EXPECT_EQ(Count("changes where revision = 60"), "1");
  EXPECT_EQ(Compact(absl::ZeroDuration(), 1)->changes, 0);
}

TEST_F(CompactorTest, AnEmptyCatalogHasNothingToCompact) {
  Age("1 hour");
  auto done = Compact(absl::ZeroDuration(), 1);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->oldest_revision, 0);
  EXPECT_EQ(Count("revisions"), "1");
}

TEST_F(CompactorTest, AnswersAreRemovedWhereChangesAreKeptForEver) {
  WriteLog();
  Sql("update revisions set committed_at = committed_at - interval '90 years'; "
      "insert into requests (actor, request_id, method, request_hash, answer, created_at) "
      "values ('ann', 'r', 'CreateTool', decode(repeat('00', 32), 'hex'), '', clock_timestamp() - interval '25 "
      "hours')");
  auto done = Compact(kKeepChanges.age, kKeepChanges.revisions);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->requests, 1);
  EXPECT_EQ(done->changes, 0);
  EXPECT_EQ(Count("requests"), "0");
}

TEST_F(CompactorTest, OldAnswersAreRemovedAndYoungOnesStay) {
  Sql("insert into requests (actor, request_id, method, request_hash, answer, created_at) "
      "select 'ann', 'r' || i, 'CreateTool', decode(repeat('00', 32), 'hex'), '', clock_timestamp() - i * interval '1 "
      "minute' "
      "from generate_series(1, 2900) i");
  auto done = Compact(absl::Hours(1000), 1000);
  ASSERT_THAT(done, IsOk());
  EXPECT_NEAR(static_cast<double>(done->requests), 2900 - 24 * 60, 2);
  EXPECT_EQ(Count("requests where created_at < clock_timestamp() - interval '24 hours'"), "0");
}

TEST_F(CompactorTest, OneProcessCompactsAtATime) {
  WriteLog();
  Age("1 hour");
  bool refused = false;
  auto done = Compactor(Options("test"), {absl::Hours(1000), 10})
                  .Run([](const Compaction&) {},
                       [&](absl::Duration) {
                         refused = absl::IsAborted(Compact(absl::Hours(1000), 10).status());
                         return true;
                       });
  EXPECT_THAT(done, IsOk());
  EXPECT_TRUE(refused);
}

TEST_F(CompactorTest, TheScheduleCompactsByItself) {
  WriteLog();
  Age("1 hour");
  CompactionSchedule schedule(Options("test"), {absl::Hours(1000), 10}, absl::Milliseconds(20));
  EXPECT_TRUE(Await([&] { return log_->Oldest()->revision == 50; }, absl::Seconds(10)));
}

// Writers go on while ten thousand revisions of a catalog of a thousand tools are removed.
TEST_F(CompactorTest, WritersWaitLittleWhileAnOldLogIsRemoved) {
  for (int round = 0; round < 10; ++round) {
    ImportMutation import;
    import.overwrite = true;
    for (int i = 0; i < 1000; ++i) {
      import.tools.push_back(NormalTool(absl::StrCat("tool-", i)));
      import.tools.back().set_description(std::string(1500, static_cast<char>('a' + round)));
    }
    ASSERT_THAT(Write(std::move(import)), IsOk());
  }
  // The log as if each of these changes had been a write of its own.
  Sql("alter table changes drop constraint changes_pkey; alter table definitions drop constraint definitions_pkey; "
      "update changes c set revision = s.place, ordinal = 0, definition_revision = s.place, "
      "previous_revision = case when c.previous_revision is not null then s.place - 1000 end "
      "from (select revision, ordinal, row_number() over (order by revision, ordinal) as place from changes) s "
      "where s.revision = c.revision and s.ordinal = c.ordinal; "
      "update definitions d set revision = c.revision from changes c where c.name_key = d.name_key and "
      "(c.revision - 1) / 1000 + 1 = d.revision; "
      "update versions v set revision = (select max(revision) from changes c where c.name_key = v.name_key); "
      "insert into revisions (revision, state_hash, committed_at, actor, peer, request_id, mutation_id, change_bytes) "
      "select i, decode(lpad(to_hex(i), 32, '0'), 'hex'), clock_timestamp(), 'bot', '', '', "
      "decode(lpad(to_hex(i), 32, '0'), 'hex'), 2000 from generate_series(11, 10000) i; "
      "alter table changes add primary key (revision, ordinal); "
      "alter table definitions add primary key (name_key, version_key, revision); "
      "update counter set revision = 10000; analyze");
  Age("1 hour");
  absl::Duration longest;
  std::atomic<bool> compacting = true;
  int writes = 0;
  std::thread writer([&] {
    while (compacting) {
      const absl::Time start = absl::Now();
      EXPECT_THAT(Create(absl::StrCat("new-", writes++)), IsOk());
      longest = std::max(longest, absl::Now() - start);
    }
  });
  int steps = 0;
  const absl::Time start = absl::Now();
  auto done = Compactor(Options("test"), {absl::Hours(1000), 1})
                  .Run([&](const Compaction&) { ++steps; },
                       [](absl::Duration pause) {
                         absl::SleepFor(pause);
                         return true;
                       });
  const absl::Duration took = absl::Now() - start;
  compacting = false;
  writer.join();
  ASSERT_THAT(done, IsOk());
  EXPECT_GE(done->changes, 9999);
  EXPECT_GE(done->definitions, 8999) << "the head revision stays, whether or not the writer was first";
  EXPECT_LT(longest, absl::Seconds(2));
  std::cout << "removed " << done->changes << " changes and " << done->definitions << " definitions in " << steps
            << " steps and " << took << ", longest step " << done->longest_step << "; " << writes
            << " writes meanwhile, the slowest " << longest << "\n";
}

TEST_F(CompactorTest, WhatReloadServicesReportedGoesToo) {
  Sql("insert into reload_events (replica, boot_id, event_id, ended_at, trigger_type, success, tool_names, "
      "missing_before, body) select 'a', 'a/1', i, clock_timestamp() - i * interval '1 hour', 'manual', true, "
      "array[]::text[], 0, '' from generate_series(1, 5) i");
  Compactor compactor(Options("test"), {absl::Hours(1000), 1000, {absl::Minutes(150), 1000}});
  auto done = compactor.Run([](const Compaction&) {}, [](absl::Duration) { return true; });
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->reload_events, 3);
  EXPECT_EQ(Count("reload_events"), "2");
}

}  // namespace
}  // namespace toolcatalog
