#include "catalog_service/rpc/change_requests.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/changes/change_list.h"
#include "catalog_service/changes/tool_history.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/status.h"
#include "google/protobuf/util/time_util.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ChangeListTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    list_ = std::make_unique<ChangeList>(pool_.get());
    history_ = std::make_unique<ToolHistory>(pool_.get());
    queries_ = std::make_unique<ChangeRequests>(list_.get(), history_.get());
  }

  // Eight revisions by two actors, an hour apart from 2020-01-01 on.
  void WriteLog() {
    ASSERT_THAT(Create("grep", "1.0"), IsOk());
    ASSERT_THAT(Create("sed"), IsOk());
    ASSERT_THAT(Describe("grep", "first"), IsOk());
    ASSERT_THAT(Write(SetEnabledMutation{"grep", "1.0", false, {}}), IsOk());
    ASSERT_THAT(Create("grep", "2.0"), IsOk());
    ASSERT_THAT(Write(DeleteMutation{"grep", "2.0", {}}), IsOk());
    ASSERT_THAT(Describe("sed", "second"), IsOk());
    ASSERT_THAT(Write(DeleteMutation{"grep", "", {}}), IsOk());
    Sql("update revisions set committed_at = timestamptz '2020-01-01 00:00:00Z' + revision * interval '1 hour'; "
        "update revisions set actor = 'ann', reason = 'because', peer = 'ipv4:1.2.3.4:5', request_id = 'r-' || "
        "revision "
        "where revision in (2, 3, 6)");
  }

  absl::StatusOr<MutationResult> Describe(const std::string& name, const std::string& description) {
    v1::Tool values;
    values.set_description(description);
    return Write(UpdateMutation{name, "", {"description"}, values, {}});
  }

  // "revision kind name version" of each change of all pages.
  std::vector<std::string> List(v1::ListChangesRequest request) {
    std::vector<std::string> lines;
    while (true) {
      auto response = queries_->List(request);
      EXPECT_THAT(response, IsOk());
      if (!response.ok()) return lines;
      for (const v1::Change& change : response->changes()) {
        lines.push_back(
            absl::StrCat(change.revision(), " ", change.kind(), " ", change.tool_name(), " ", change.version()));
      }
      if (response->next_page_token().empty()) return lines;
      request.set_page_token(response->next_page_token());
    }
  }

  static void SetHour(int hour, google::protobuf::Timestamp* time) { time->set_seconds(1577836800 + 3600 * hour); }

  std::unique_ptr<ChangeList> list_;
  std::unique_ptr<ToolHistory> history_;
  std::unique_ptr<ChangeRequests> queries_;
};

TEST_F(ChangeListTest, EachFilterSelectsAndAllCombine) {
  WriteLog();
  v1::ListChangesRequest request;
  EXPECT_EQ(List(request).size(), 9u);
  request.set_tool_name("GREP");
  EXPECT_THAT(List(request),
              ElementsAre("1 created grep 1.0", "3 updated grep 1.0", "4 disabled grep 1.0", "5 created grep 2.0",
                          "6 deleted grep 2.0", "6 promoted grep 1.0", "8 deleted grep 1.0"));
  request.set_actor("ann");
  EXPECT_THAT(List(request), ElementsAre("3 updated grep 1.0", "6 deleted grep 2.0", "6 promoted grep 1.0"));
  request.set_kind("promoted");
  EXPECT_THAT(List(request), ElementsAre("6 promoted grep 1.0"));
  request.clear_tool_name();
  request.set_kind("updated");
  EXPECT_THAT(List(request), ElementsAre("3 updated grep 1.0"));
  request.clear_actor();
  EXPECT_THAT(List(request), ElementsAre("3 updated grep 1.0", "7 updated sed 1.0"));
  request.set_from_revision(3);
  EXPECT_THAT(List(request), ElementsAre("7 updated sed 1.0"));
}

TEST_F(ChangeListTest, SinceIsInclusiveAndUntilIsNot) {
  WriteLog();
  v1::ListChangesRequest request;
  SetHour(3, request.mutable_since());
  SetHour(5, request.mutable_until());
  EXPECT_THAT(List(request), ElementsAre("3 updated grep 1.0", "4 disabled grep 1.0"));
  request.mutable_since()->set_nanos(1);
  EXPECT_THAT(List(request), ElementsAre("4 disabled grep 1.0"));
  SetHour(100, request.mutable_since());
  request.clear_until();
  EXPECT_THAT(List(request), IsEmpty());
  request.clear_since();
  SetHour(-1, request.mutable_until());
  EXPECT_THAT(List(request), IsEmpty());
}

TEST_F(ChangeListTest, EveryOrderAndFilterPagesWithoutGapOrRepetition) {
  WriteLog();
  for (const char* name : {"", "grep"}) {
    for (const char* actor : {"", "ann", "test"}) {
      for (const char* kind : {"", "updated"}) {
        SCOPED_TRACE(absl::StrCat(name, "/", actor, "/", kind));
        v1::ListChangesRequest request;
        request.set_tool_name(name);
        request.set_actor(actor);
        request.set_kind(kind);
        std::vector<std::string> all = List(request);
        request.set_page_size(1);
        EXPECT_EQ(List(request), all);
        request.set_page_size(2);
        request.set_newest_first(true);
        std::reverse(all.begin(), all.end());
        EXPECT_EQ(List(request), all);
      }
    }
  }
}

TEST_F(ChangeListTest, AChangeTellsWhoWhyFromWhereAndBothStates) {
  WriteLog();
  v1::ListChangesRequest request;
  request.set_tool_name("grep");
  request.set_from_revision(2);
  auto response = queries_->List(request);
  ASSERT_THAT(response, IsOk());
  const v1::Change& update = response->changes(0);
  EXPECT_EQ(update.actor(), "ann");
  EXPECT_EQ(update.reason(), "because");
  EXPECT_EQ(update.peer(), "ipv4:1.2.3.4:5");
  EXPECT_EQ(update.request_id(), "r-3");
  EXPECT_EQ(google::protobuf::util::TimeUtil::ToString(update.time()), "2020-01-01T03:00:00Z");
  EXPECT_EQ(update.previous().description(), "sample tool grep");
  EXPECT_TRUE(update.previous().is_latest());
  EXPECT_EQ(update.previous().revision(), 1);
  EXPECT_EQ(update.tool().description(), "first");
  EXPECT_FALSE(response->changes(2).has_previous()) << "a new version has no state before";
  const v1::Change& deletion = response->changes(5);
  EXPECT_EQ(deletion.kind(), "deleted");
  EXPECT_FALSE(deletion.has_tool());
  EXPECT_EQ(deletion.previous().description(), "first");
  EXPECT_EQ(response->revision(), 8);
  EXPECT_EQ(response->oldest_revision(), 0) << "from_revision with which nothing is missed";
}

TEST_F(ChangeListTest, BadRequestsNameTheField) {
  const auto message = [this](const v1::ListChangesRequest& request) {
    return std::string(queries_->List(request).status().message());
  };
  v1::ListChangesRequest request;
  request.set_kind("renamed");
  EXPECT_THAT(message(request), HasSubstr("kind: unknown value \"renamed\"; allowed: created, updated"));
  request = {};
  request.set_from_revision(-1);
  request.set_tool_name("a b");
  request.set_actor(std::string(101, 'a'));
  SetHour(2, request.mutable_since());
  SetHour(2, request.mutable_until());
  for (const char* part :
       {"from_revision: must be at least 0, got -1", "tool_name: ", "actor: ", "until: must be later"}) {
    EXPECT_THAT(message(request), HasSubstr(part));
  }
  request = {};
  request.mutable_since()->set_nanos(-1);
  request.mutable_until()->set_seconds(int64_t{1} << 60);
  EXPECT_THAT(message(request), testing::AllOf(HasSubstr("since: "), HasSubstr("until: ")));
  WriteLog();
  request = {};
  request.set_page_size(1);
  auto page = queries_->List(request);
  ASSERT_THAT(page, IsOk());
  request.set_page_token(page->next_page_token());
  request.set_kind("updated");
  EXPECT_THAT(message(request), HasSubstr("page_token"));
}

TEST_F(ChangeListTest, ChangesThatAreKeptNoLongerAreNoGap) {
  WriteLog();
  v1::ListChangesRequest request;
  request.set_page_size(1);
  auto page = queries_->List(request);
  ASSERT_THAT(page, IsOk());
  Sql("delete from changes where revision <= 3; delete from revisions where revision < 3");
  EXPECT_EQ(List({})[0], "4 disabled grep 1.0") << "0 = all that are kept";
  v1::ListChangesRequest from;
  from.set_from_revision(3);
  EXPECT_EQ(List(from)[0], "4 disabled grep 1.0");
  from.set_from_revision(2);
  request.set_page_token(page->next_page_token());
  for (const v1::ListChangesRequest& gone : {from, request}) {
    const absl::Status status = queries_->List(gone).status();
    EXPECT_THAT(status, HasCode(absl::StatusCode::kOutOfRange));
    EXPECT_TRUE(HasReason(status, Reason::kCompacted));
    EXPECT_EQ(ErrorMetadata(status, "oldest_revision"), "3") << "from_revision with which nothing is missed";
    EXPECT_EQ(ErrorMetadata(status, "current_revision"), "8");
    EXPECT_THAT(std::string(status.message()), HasSubstr("after 3"));
  }
}

// After the restore of a backup, whoever polls must not miss the changes of the new history.
TEST_F(ChangeListTest, WhatTheCatalogHasNotReachedIsAnotherHistory) {
  WriteLog();
  v1::ListChangesRequest from, token;
  from.set_from_revision(8);
  EXPECT_THAT(List(from), testing::IsEmpty());
  token.set_page_size(3);
  token.set_newest_first(true);
  auto page = queries_->List(token);
  ASSERT_THAT(page, IsOk());
  token.set_page_token(page->next_page_token());
  from.set_from_revision(9);
  Sql("update counter set revision = 3");
  for (const v1::ListChangesRequest& beyond : {from, token}) {
    const absl::Status status = queries_->List(beyond).status();
    EXPECT_TRUE(HasReason(status, Reason::kHistoryDiverged)) << status;
    EXPECT_EQ(ErrorMetadata(status, "oldest_revision"), "0");
    EXPECT_EQ(ErrorMetadata(status, "current_revision"), "3");
    EXPECT_THAT(std::string(status.message()), HasSubstr("is beyond the current one, 3"));
  }
}

TEST_F(ChangeListTest, PagesMaySplitAWrite) {
  ImportMutation import;
  for (int i = 0; i < 150; ++i) import.tools.push_back(NormalTool(absl::StrCat("tool-", 100 + i)));
  ASSERT_THAT(Write(import), IsOk());
  v1::ListChangesRequest request;
  request.set_page_size(100);
  auto page = queries_->List(request);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->changes_size(), 100);
  request.set_page_token(page->next_page_token());
  auto rest = queries_->List(request);
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(rest->changes_size(), 50);
  EXPECT_EQ(rest->next_page_token(), "");
  EXPECT_EQ(rest->changes(0).tool_name(), "tool-200");
}

// A hundred thousand changes, of which a filter selects one in the middle.
TEST_F(ChangeListTest, AFilterOverALongLogIsBoundedInTime) {
  ASSERT_THAT(Create("grep"), IsOk());
  Sql("insert into revisions (revision, state_hash, committed_at, actor, peer, request_id, mutation_id, change_bytes) "
      "select i, state_hash, clock_timestamp(), 'bot', '', '', decode(lpad(to_hex(i), 32, '0'), 'hex'), 0 "
      "from generate_series(2, 100000) i, counter; "
      "insert into changes (revision, ordinal, kind, name_key, version_key, tool_name, version, definition_revision, "
      "is_latest, previous_revision, was_latest, latest_before, created_revision, created_ordinal) select i, 0, case "
      "when i = 50000 then 'disabled' else "
      "'updated' end, 'grep', '1.0', 'grep', '1.0', 1, true, 1, true, '1.0', 1, 0 from generate_series(2, 100000) i; "
      "update counter set revision = 100000; analyze");
  for (const bool newest_first : {false, true}) {
    for (const char* name : {"", "grep"}) {
      for (const char* actor : {"", "bot"}) {
        v1::ListChangesRequest request;
        request.set_newest_first(newest_first);
        request.set_kind("disabled");
        request.set_tool_name(name);
        request.set_actor(actor);
        const absl::Time start = absl::Now();
        EXPECT_THAT(List(request), ElementsAre("50000 disabled grep 1.0"));
        EXPECT_LT(absl::Now() - start, absl::Seconds(10));
        std::cout << newest_first << " " << name << " " << actor << " " << absl::Now() - start << "\n";
      }
    }
  }
  // Time travel below all of them.
  const absl::Time start = absl::Now();
  EXPECT_THAT(history_->GetAsOf("grep", "", 1), IsOk());
  EXPECT_THAT(history_->StateAsOf("grep", 1), IsOk());
  std::cout << "as of " << absl::Now() - start << "\n";
}

TEST_F(ChangeListTest, AHistoryShowsWhatEachChangeMadeDifferent) {
  WriteLog();
  v1::ListToolHistoryRequest request;
  request.set_tool_name("grep");
  auto history = queries_->History(request, [] { return false; });
  ASSERT_THAT(history, IsOk());
  EXPECT_EQ(history->tool_name(), "grep");
  ASSERT_EQ(history->history_size(), 7);
  std::vector<std::string> lines;
  for (const v1::HistoryEntry& entry : history->history()) {
    lines.push_back(absl::StrCat(entry.revision(), " ", entry.kind(), " ", entry.version(), " ", entry.actor(), " ",
                                 entry.reason(), " ", entry.is_latest()));
    for (const v1::FieldDifference& difference : entry.diff()) {
      absl::StrAppend(&lines.back(), " ", difference.path(), "=", difference.old().ShortDebugString(), ">",
                      difference.new_().ShortDebugString());
    }
  }
  EXPECT_THAT(lines,
              ElementsAre("8 deleted 1.0 test  0", "6 promoted 1.0 ann because 1", "6 deleted 2.0 ann because 0",
                          "5 created 2.0 test  1", "4 disabled 1.0 test  1 enabled=bool_value: true>bool_value: false",
                          "3 updated 1.0 ann because 1 description=string_value: \"sample tool grep\">"
                          "string_value: \"first\"",
                          "1 created 1.0 test  1"));
  request.set_version("2.0");
  request.set_page_size(1);
  auto first = queries_->History(request, [] { return false; });
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->history_size(), 1);
  EXPECT_EQ(first->history(0).revision(), 6);
  request.set_page_token(first->next_page_token());
  auto second = queries_->History(request, [] { return false; });
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->history(0).revision(), 5);
  EXPECT_EQ(second->next_page_token(), "");
  request.set_version("1.0");
  EXPECT_THAT(queries_->History(request, [] { return false; }).status(), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ChangeListTest, AHistoryOfNothingIsNotFound) {
  WriteLog();
  v1::ListToolHistoryRequest request;
  request.set_tool_name("awk");
  EXPECT_THAT(queries_->History(request, [] { return false; }).status(), HasCode(absl::StatusCode::kNotFound));
  request.set_tool_name("grep");
  request.set_version("9.0");
  EXPECT_THAT(queries_->History(request, [] { return false; }).status(), HasCode(absl::StatusCode::kNotFound));
  request.set_tool_name("");
  EXPECT_THAT(queries_->History(request, [] { return false; }).status(), HasCode(absl::StatusCode::kInvalidArgument));
  // What exists has a history, if only an empty one.
  Sql("delete from changes where revision <= 7; delete from revisions where revision < 7");
  request.set_tool_name("sed");
  request.clear_version();
  auto history = queries_->History(request, [] { return false; });
  ASSERT_THAT(history, IsOk());
  EXPECT_EQ(history->tool_name(), "sed");
  EXPECT_EQ(history->history_size(), 0);
}

TEST_F(ChangeListTest, APageOfLargeDifferencesEndsEarly) {
  v1::Tool values;
  for (int i = 0; i < 40; ++i) {
    google::protobuf::Value value;
    value.set_string_value(std::string(100000, static_cast<char>('a' + i % 26)));
    (*values.mutable_metadata()->mutable_fields())["text"] = value;
    if (i == 0) ASSERT_THAT(Create("grep"), IsOk());
    ASSERT_THAT(Write(UpdateMutation{"grep", "", {"metadata"}, values, {}}), IsOk());
  }
  v1::ListToolHistoryRequest request;
  request.set_tool_name("grep");
  auto page = queries_->History(request, [] { return false; });
  ASSERT_THAT(page, IsOk());
  EXPECT_LT(page->history_size(), 41);
  EXPECT_LT(page->ByteSizeLong(), size_t{4 << 20});
  EXPECT_NE(page->next_page_token(), "");
}

}  // namespace
}  // namespace toolcatalog
