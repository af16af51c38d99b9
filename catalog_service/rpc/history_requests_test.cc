#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catalog_service/rpc/change_requests_fixture.h"
#include "google/protobuf/struct.pb.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;

using HistoryRequestsTest = ChangeRequestsFixture;

TEST_F(HistoryRequestsTest, AHistoryShowsWhatEachChangeMadeDifferent) {
  WriteLog();
  v1::ListToolHistoryRequest request;
  request.set_tool_name("grep");
  auto history = AsReceived(queries_->History(request, [] { return false; }));
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
  auto first = AsReceived(queries_->History(request, [] { return false; }));
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->history_size(), 1);
  EXPECT_EQ(first->history(0).revision(), 6);
  request.set_page_token(first->next_page_token());
  auto second = AsReceived(queries_->History(request, [] { return false; }));
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->history(0).revision(), 5);
  EXPECT_EQ(second->next_page_token(), "");
  request.set_version("1.0");
  EXPECT_THAT(AsReceived(queries_->History(request, [] { return false; })).status(),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(HistoryRequestsTest, AHistoryOfNothingIsNotFound) {
  WriteLog();
  v1::ListToolHistoryRequest request;
  request.set_tool_name("awk");
  EXPECT_THAT(AsReceived(queries_->History(request, [] { return false; })).status(),
              HasCode(absl::StatusCode::kNotFound));
  request.set_tool_name("grep");
  request.set_version("9.0");
  EXPECT_THAT(AsReceived(queries_->History(request, [] { return false; })).status(),
              HasCode(absl::StatusCode::kNotFound));
  request.set_tool_name("");
  EXPECT_THAT(AsReceived(queries_->History(request, [] { return false; })).status(),
              HasCode(absl::StatusCode::kInvalidArgument));
  // What exists has a history, if only an empty one.
  Sql("delete from changes where revision <= 7; delete from revisions where revision < 7");
  request.set_tool_name("sed");
  request.clear_version();
  auto history = AsReceived(queries_->History(request, [] { return false; }));
  ASSERT_THAT(history, IsOk());
  EXPECT_EQ(history->tool_name(), "sed");
  EXPECT_EQ(history->history_size(), 0);
}

TEST_F(HistoryRequestsTest, APageOfLargeDifferencesEndsEarly) {
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
  auto page = AsReceived(queries_->History(request, [] { return false; }));
  ASSERT_THAT(page, IsOk());
  EXPECT_LT(page->history_size(), 41);
  EXPECT_LT(page->ByteSizeLong(), size_t{4 << 20});
  EXPECT_NE(page->next_page_token(), "");
}

}  // namespace
}  // namespace toolcatalog
