#include "catalog_service/rpc/change_requests.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/rpc/change_requests_fixture.h"
#include "common/status.h"
#include "google/protobuf/util/time_util.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using ChangeListTest = ChangeRequestsFixture;

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
  auto response = AsReceived(queries_->List(request));
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
    return std::string(AsReceived(queries_->List(request)).status().message());
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
  auto page = AsReceived(queries_->List(request));
  ASSERT_THAT(page, IsOk());
  request.set_page_token(page->next_page_token());
  request.set_kind("updated");
  EXPECT_THAT(message(request), HasSubstr("page_token"));
}

TEST_F(ChangeListTest, ChangesThatAreKeptNoLongerAreNoGap) {
  WriteLog();
  v1::ListChangesRequest request;
  request.set_page_size(1);
  auto page = AsReceived(queries_->List(request));
  ASSERT_THAT(page, IsOk());
  Sql("delete from changes where revision <= 3; delete from revisions where revision < 3");
  EXPECT_EQ(List({})[0], "4 disabled grep 1.0") << "0 = all that are kept";
  v1::ListChangesRequest from;
  from.set_from_revision(3);
  EXPECT_EQ(List(from)[0], "4 disabled grep 1.0");
  from.set_from_revision(2);
  request.set_page_token(page->next_page_token());
  for (const v1::ListChangesRequest& gone : {from, request}) {
    const absl::Status status = AsReceived(queries_->List(gone)).status();
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
  auto page = AsReceived(queries_->List(token));
  ASSERT_THAT(page, IsOk());
  token.set_page_token(page->next_page_token());
  from.set_from_revision(9);
  Sql("update counter set revision = 3");
  for (const v1::ListChangesRequest& beyond : {from, token}) {
    const absl::Status status = AsReceived(queries_->List(beyond)).status();
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
  auto page = AsReceived(queries_->List(request));
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->changes_size(), 100);
  request.set_page_token(page->next_page_token());
  auto rest = AsReceived(queries_->List(request));
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
  EXPECT_THAT(history_->StateAsOf("grep", 1, hold_), IsOk());
  std::cout << "as of " << absl::Now() - start << "\n";
}

}  // namespace
}  // namespace toolcatalog
