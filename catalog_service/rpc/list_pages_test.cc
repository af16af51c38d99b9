// The pages of a list, by token and by number.

#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "catalog_service/testing/query_fixture.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using ListPagesTest = QueryFixture;

TEST_F(ListPagesTest, PagesForPeople) {
  for (const char* name : {"a", "b", "c"}) ASSERT_THAT(Create(name), IsOk());
  v1::ListToolsRequest request = OrderedBy("tool_name desc", 2);
  request.set_page(2);
  auto page = List(request);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(NamesOf(page->tools()), ElementsAre("a"));
  EXPECT_EQ(page->page(), 2);
  EXPECT_EQ(page->total(), 3);
  EXPECT_EQ(page->next_page_token(), "");
  request.set_page(3);
  EXPECT_THAT(NamesOf(List(request)->tools()), IsEmpty());
}

// Tools that stay while others come and go are on the pages exactly once.
TEST_F(ListPagesTest, PagesStayRightWhileOthersComeAndGo) {
  ImportMutation import;
  std::set<std::string> stay;
  for (int i = 0; i < 100; ++i) {
    stay.insert(absl::StrCat("stay-", 100 + i));
    import.tools.push_back(NormalTool(absl::StrCat("stay-", 100 + i)));
  }
  ASSERT_THAT(Write(import), IsOk());
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; i = (i + 1) % 100) {
      const std::string name = absl::StrCat("stay-", 100 + i, "-guest");
      EXPECT_THAT(Create(name), IsOk());
      EXPECT_THAT(Write(DeleteMutation{name, "", {}}, i % 2), IsOk());
    }
  });
  for (const char* order : {"", "tool_name desc", "revision", "updated_at desc"}) {
    for (int round = 0; round < 3; ++round) {
      std::vector<std::string> seen;
      v1::ListToolsRequest request = OrderedBy(order, 7);
      do {
        auto page = List(request);
        ASSERT_THAT(page, IsOk());
        for (const v1::Tool& tool : page->tools()) {
          if (stay.count(tool.tool_name()) > 0) seen.push_back(tool.tool_name());
        }
        request.set_page_token(page->next_page_token());
      } while (!request.page_token().empty());
      EXPECT_EQ(seen.size(), stay.size()) << order;
      EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()), stay) << order;
    }
  }
  stop = true;
  writer.join();
}

TEST_F(ListPagesTest, TokensHoldForTheirQueryOnly) {
  for (const char* name : {"a", "b", "c"}) ASSERT_THAT(Create(name), IsOk());
  auto first = List(OrderedBy("revision", 1));
  ASSERT_THAT(first, IsOk());
  v1::ListToolsRequest other = OrderedBy("revision desc", 1);
  other.set_page_token(first->next_page_token());
  EXPECT_THAT(ProblemOf(other), HasSubstr("page_token"));
  other = OrderedBy("revision", 1);
  other.set_page_token(first->next_page_token());
  EXPECT_THAT(NamesOf(List(other)->tools()), ElementsAre("b"));
  other.set_tag("sample");
  EXPECT_THAT(ProblemOf(other), HasSubstr("page_token"));
  other.clear_tag();
  other.set_capability("line_counting");
  EXPECT_THAT(ProblemOf(other), HasSubstr("page_token"));
  other.clear_capability();
  other.set_page(1);
  EXPECT_THAT(ProblemOf(other), HasSubstr("page: must not be set together with page_token"));
}

TEST_F(ListPagesTest, NumberedPagesOfLargeToolsLeaveNoneOut) {
  std::vector<std::string> stored, listed;
  for (int i = 100; i < 240; ++i) {
    stored.push_back(absl::StrCat("tool-", i));
    v1::Tool tool = BareTool(stored.back(), "is large");
    (*tool.mutable_metadata()->mutable_fields())["notes"].set_string_value(std::string(40000, 'x'));
    Store(tool);
  }
  v1::ListToolsRequest request;
  request.set_page_size(100);
  for (int number : {1, 2}) {
    request.set_page(number);
    auto page = List(request);
    ASSERT_THAT(page, IsOk());
    for (const v1::Tool& tool : page->tools()) listed.push_back(tool.tool_name());
  }
  EXPECT_EQ(listed, stored);
  request.clear_page();
  EXPECT_LT(List(request)->tools_size(), 100) << "a page without a number ends early";
}

}  // namespace
}  // namespace toolcatalog
