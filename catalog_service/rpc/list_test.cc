#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "catalog_service/testing/query_fixture.h"
#include "common/status.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ListTest : public QueryFixture {
 protected:
  std::vector<std::string> Names(const v1::ListToolsRequest& request) {
    auto response = List(request);
    EXPECT_THAT(response, IsOk());
    if (!response.ok()) return {};
    EXPECT_EQ(response->total(), response->tools_size());
    return NamesOf(response->tools());
  }
  static v1::ListToolsRequest OrderedBy(const std::string& order_by, int page_size = 50) {
    v1::ListToolsRequest request;
    request.set_order_by(order_by);
    request.set_page_size(page_size);
    return request;
  }
  // All pages, and whether each told the right total.
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
  std::string ProblemOf(const v1::ListToolsRequest& request) { return std::string(List(request).status().message()); }
};

TEST_F(ListTest, FiltersByCapabilityAndItsAliases) {
  Store(ToolWith("cat", {"file_reading", "text"}));
  Store(ToolWith("less", {"read_file"}));
  Store(ToolWith("ls", {"listing"}));
  v1::ListToolsRequest request;
  request.set_capability("file_access");
  EXPECT_THAT(Names(request), ElementsAre("cat", "less"));
  request.set_capability("listing");
  EXPECT_THAT(Names(request), ElementsAre("ls"));
  request.set_capability("Listing");
  EXPECT_THAT(Names(request), IsEmpty());
  Change("ls", "capabilities", ToolWith("ls", {"file_reading"}));
  request.set_capability("listing");
  EXPECT_THAT(Names(request), IsEmpty());
  request.set_capability("file_reading");
  EXPECT_THAT(Names(request), ElementsAre("cat", "less", "ls"));
}

TEST_F(ListTest, FiltersByTagIgnoringCase) {
  v1::Tool tool = BareTool("grep", "finds lines");
  SetTags({"Text", "Unix tools"}, tool);
  Store(tool);
  Store(BareTool("sed", "edits lines"));
  v1::ListToolsRequest request;
  request.set_tag("tEXT");
  EXPECT_THAT(Names(request), ElementsAre("grep"));
  request.set_tag("unix TOOLS");
  EXPECT_THAT(Names(request), ElementsAre("grep"));
  request.set_tag("te");
  EXPECT_THAT(Names(request), IsEmpty());
  SetTags({"other"}, tool);
  Change("grep", "metadata", tool);
  request.set_tag("text");
  EXPECT_THAT(Names(request), IsEmpty());
}

TEST_F(ListTest, FiltersCombine) {
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    v1::Tool tool = ToolWith(name, {name[0] == 'e' ? "other" : "listing"});
    SetTags({name[0] == 'a' ? "old" : "new"}, tool);
    if (name[0] == 'b') tool.set_platform("windows");
    if (name[0] == 'c') tool.set_enabled(false);
    Store(tool);
  }
  v1::ListToolsRequest request;
  request.set_capability("listing");
  request.set_tag("new");
  EXPECT_THAT(Names(request), ElementsAre("b", "c", "d"));
  request.set_platform("linux");
  EXPECT_THAT(Names(request), ElementsAre("c", "d"));
  request.set_enabled(true);
  EXPECT_THAT(Names(request), ElementsAre("d"));
  request.set_order_by("revision desc");
  EXPECT_THAT(Names(request), ElementsAre("d"));
}

TEST_F(ListTest, OnlyTheLatestVersionIsFiltered) {
  v1::Tool first = ToolWith("cat", {"first"});
  v1::Tool second = ToolWith("cat", {"second"});
  second.set_version("2.0");
  Store(first);
  Store(second);
  v1::ListToolsRequest request;
  request.set_capability("first");
  EXPECT_THAT(Names(request), IsEmpty());
  Remove("cat", "2.0");
  EXPECT_THAT(Names(request), ElementsAre("cat"));
  request.set_capability("second");
  EXPECT_THAT(Names(request), IsEmpty());
  Remove("cat");
  request.set_capability("first");
  EXPECT_THAT(Names(request), IsEmpty());
}

// Whatever wrote them: the database itself carries the filters from the latest version to the tool.
TEST_F(ListTest, FiltersFollowTheLatestVersionThroughEveryWrite) {
  auto expect_same = [&](const char* after) {
    EXPECT_THAT(Sql("select t.name_key from tools t join versions v on v.name_key = t.name_key and v.version_key = "
                    "t.latest_version_key where (t.platform, t.category, t.status, t.enabled) is distinct from "
                    "(v.platform, v.category, v.status, v.enabled)"),
                IsEmpty())
        << after;
  };
  v1::Tool first = BareTool("cat", "x");
  first.set_platform("linux");
  Store(first);
  v1::Tool second = first;
  second.set_version("2.0");
  second.set_platform("windows");
  Store(second);
  expect_same("a new version");
  v1::ListToolsRequest windows;
  windows.set_platform("windows");
  EXPECT_THAT(NamesOf(List(windows)->tools()), ElementsAre("cat"));
  v1::Tool values = first;
  values.set_status("deprecated");
  values.set_enabled(false);
  Change("cat", "status", values);
  Change("cat", "enabled", values);
  expect_same("changes of status");
  Remove("cat", "2.0");
  expect_same("a promotion");
  EXPECT_EQ(List(windows)->total(), 0);
  Sql("update versions set category = 'other' where name_key = 'cat'");
  expect_same("an older binary's change");
  Sql("begin; insert into versions select 'dog', version_key, version, revision, created_revision, created_ordinal, "
      "platform, category, status, enabled from versions where name_key = 'cat'; "
      "insert into tools (name_key, tool_name, latest_version_key) values ('dog', 'dog', '1.0'); commit");
  expect_same("an older binary's new tool");
  EXPECT_EQ(Sql("select count(*) from tools")[0][0], "2");
}

// The first definitions in the order of revisions are then of no use.
TEST_F(ListTest, OrdersByRevisionWhereManyDefinitionsAreSuperseded) {
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

TEST_F(ListTest, OrdersByNameAndByTheLastChange) {
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
TEST_F(ListTest, ManyToolsAreListedAsFewAre) {
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

TEST_F(ListTest, PagesForPeople) {
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
TEST_F(ListTest, PagesStayRightWhileOthersComeAndGo) {
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

TEST_F(ListTest, WrongRequestsAreRefusedWithWhatIsAllowed) {
  for (const char* order_by : {"name", "tool_name  desc", "tool_name DESC", " tool_name", "revision,tool_name", "'"}) {
    EXPECT_THAT(ProblemOf(OrderedBy(order_by)),
                HasSubstr("allowed: tool_name, tool_name desc, updated_at, updated_at desc, revision, revision desc"))
        << order_by;
  }
  v1::ListToolsRequest request;
  request.set_capability(std::string(101, 'x'));
  request.set_tag("a\nb");
  request.set_platform("atari");
  EXPECT_THAT(ProblemOf(request), HasSubstr("capability: must be printable and have at most 100 characters"));
  EXPECT_THAT(ProblemOf(request), HasSubstr("tag: must be printable"));
  EXPECT_THAT(ProblemOf(request), HasSubstr("platform: unknown value \"atari\"; allowed: linux"));
}

TEST_F(ListTest, TokensHoldForTheirQueryOnly) {
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

TEST_F(ListTest, VersionsComeInNaturalOrderOnRequest) {
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

TEST_F(ListTest, NumberedPagesOfLargeToolsLeaveNoneOut) {
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
