// In which order lists of tools and of versions come.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "catalog_service/testing/query_fixture.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ListOrderTest : public QueryFixture {
 protected:
  // Names on all pages; fails the test unless each tells the right total.
  std::vector<std::string> AllPages(v1::ListToolsRequest request, int total) {
    std::vector<std::string> names;
    do {
      auto page = List(request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      EXPECT_EQ(page->total(), total);
      for (const v1::Tool& tool : page->tools()) names.push_back(tool.tool_name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
};

// The first definitions in the order of revisions are then of no use.
TEST_F(ListOrderTest, OrdersByRevisionWhereManyDefinitionsAreSuperseded) {
  ImportMutation import;
  for (int i = 0; i < 1100; ++i) import.tools.push_back(BareTool(absl::StrCat("tool-", 1000 + i), "x"));
  ASSERT_THAT(Write(import), IsOk());
  for (int i = 0; i < 80; ++i) Change("tool-1000", "description", BareTool("tool-1000", absl::StrCat("x", i)));
  Change("tool-1001", "description", BareTool("tool-1001", "y"));
  Change("tool-1000", "description", BareTool("tool-1000", "z"));
  EXPECT_THAT(NamesOf(List(OrderedBy("revision desc", 1))->tools()), ElementsAre("tool-1000"));
  EXPECT_THAT(NamesOf(List(OrderedBy("revision desc", 4))->tools()),
              ElementsAre("tool-1000", "tool-1001", "tool-1002", "tool-1003"));
  EXPECT_THAT(NamesOf(List(OrderedBy("revision", 2))->tools()), ElementsAre("tool-1002", "tool-1003"));
  auto first = List(OrderedBy("revision desc", 1));
  v1::ListToolsRequest second = OrderedBy("revision desc", 1);
  second.set_page_token(first->next_page_token());
  second.set_page_token(List(second)->next_page_token());
  EXPECT_THAT(NamesOf(List(second)->tools()), ElementsAre("tool-1002"));
}

TEST_F(ListOrderTest, OrdersByNameAndByTheLastChange) {
  for (const char* name : {"c", "a", "B", "d"}) ASSERT_THAT(Create(name), IsOk());
  ImportMutation import;
  for (const char* name : {"f", "e"}) import.tools.push_back(NormalTool(name));
  ASSERT_THAT(Write(import), IsOk());
  Change("a", "description", BareTool("a", "changed"));
  for (int page_size : {1, 2, 5, 50}) {
    EXPECT_THAT(AllPages(OrderedBy("", page_size), 6), ElementsAre("a", "B", "c", "d", "e", "f"));
    EXPECT_THAT(AllPages(OrderedBy("tool_name desc", page_size), 6), ElementsAre("f", "e", "d", "c", "B", "a"));
    for (const char* field : {"revision", "updated_at"}) {
      EXPECT_THAT(AllPages(OrderedBy(field, page_size), 6), ElementsAre("c", "B", "d", "e", "f", "a"));
      EXPECT_THAT(AllPages(OrderedBy(absl::StrCat(field, " desc"), page_size), 6),
                  ElementsAre("a", "e", "f", "d", "B", "c"));
    }
  }
}

// Above a thousand tools lists are read in another way.
TEST_F(ListOrderTest, ManyToolsAreListedAsFewAre) {
  constexpr int kTools = 2600;
  for (int begin = 0; begin < kTools; begin += 650) {
    ImportMutation import;
    for (int i = begin; i < begin + 650; ++i) {
      v1::Tool tool = ToolWith(absl::StrCat("tool-", 10000 + i * 7919 % kTools), {i % 2 == 0 ? "read_file" : "other"});
      SetTags({i % 13 == 0 ? "rare" : "common"}, tool);
      import.tools.push_back(tool);
    }
    ASSERT_THAT(Write(import), IsOk());
  }
  ImportMutation second;
  for (int i = 0; i < 200; ++i) {
    second.tools.push_back(ToolWith(absl::StrCat("tool-", 10000 + i * 8), {"second"}));
    second.tools.back().set_version("2.0");
  }
  ASSERT_THAT(Write(second), IsOk());
  std::vector<v1::ListToolsRequest> filters(4);
  filters[1].set_capability("file_reading");
  filters[2].set_tag("common");
  filters[3].set_capability("read_file");
  filters[3].set_enabled(true);
  for (v1::ListToolsRequest request : filters) {
    request.set_page_size(1000);
    std::map<std::string, std::vector<std::string>> by_order;
    for (const char* order : {"tool_name", "tool_name desc", "revision", "revision desc"}) {
      request.set_order_by(order);
      request.clear_page_token();
      std::vector<std::pair<int64_t, std::string>> seen;
      int total = 0;
      do {
        auto page = List(request);
        ASSERT_THAT(page, IsOk());
        total = page->total();
        for (const v1::Tool& tool : page->tools()) seen.push_back({tool.revision(), tool.tool_name()});
        request.set_page_token(page->next_page_token());
      } while (!request.page_token().empty());
      EXPECT_EQ(static_cast<int>(seen.size()), total);
      EXPECT_GT(total, 1000);
      if (std::string(order) == "revision") EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
      if (std::string(order) == "revision desc") {
        EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end(), [](const auto& a, const auto& b) {
          return std::tuple(-a.first, a.second) < std::tuple(-b.first, b.second);
        }));
      }
      for (const auto& [revision, name] : seen) by_order[order].push_back(name);
    }
    EXPECT_TRUE(std::is_sorted(by_order["tool_name"].begin(), by_order["tool_name"].end()));
    std::reverse(by_order["tool_name desc"].begin(), by_order["tool_name desc"].end());
    for (auto& [order, names] : by_order) {
      if (order == "tool_name") continue;
      std::sort(names.begin(), names.end());
      EXPECT_EQ(names, by_order["tool_name"]) << order;
    }
  }
}

TEST_F(ListOrderTest, VersionsComeInNaturalOrderOnRequest) {
  for (const char* version : {"1.10", "2.0", "1.9", "2.0-rc1"}) ASSERT_THAT(Create("grep", version), IsOk());
  v1::ListToolVersionsRequest request;
  request.set_tool_name("Grep");
  auto versions = [&](const std::string& order_by) {
    request.set_order_by(order_by);
    std::vector<std::string> names;
    const auto response = Versions(request);
    for (const v1::Tool& tool : response->versions()) names.push_back(tool.version());
    return names;
  };
  EXPECT_THAT(versions(""), ElementsAre("2.0-rc1", "1.9", "2.0", "1.10"));
  EXPECT_THAT(versions("version"), ElementsAre("1.9", "1.10", "2.0-rc1", "2.0"));
  EXPECT_THAT(versions("version desc"), ElementsAre("2.0", "2.0-rc1", "1.10", "1.9"));
  request.set_order_by("Version");
  EXPECT_THAT(std::string(Versions(request).status().message()), HasSubstr("allowed: version, version desc"));
}

TEST_F(ListOrderTest, WrongRequestsAreRefusedWithWhatIsAllowed) {
  for (const char* order_by : {"name", "tool_name  desc", "tool_name DESC", " tool_name", "revision,tool_name", "'"}) {
    EXPECT_THAT(ProblemOf(OrderedBy(order_by)),
                HasSubstr("allowed: tool_name, tool_name desc, updated_at, updated_at desc, revision, revision desc"))
        << order_by;
  }
  v1::ListToolsRequest request;
  request.set_capability(std::string(101, 'x'));
  request.set_tag("a\nb");
  request.set_platform("atari");
  EXPECT_THAT(ProblemOf(request), HasSubstr("capability: must be at most 100 characters, got 101"));
  EXPECT_THAT(ProblemOf(request), HasSubstr("tag: must be printable"));
  EXPECT_THAT(ProblemOf(request), HasSubstr("platform: unknown value \"atari\"; allowed: linux"));
}

}  // namespace
}  // namespace toolcatalog
