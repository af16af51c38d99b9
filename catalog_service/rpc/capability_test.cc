#include <gmock/gmock.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/testing/query_fixture.h"
#include "common/status.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CapabilityTest : public QueryFixture {
 protected:
  // "name count: tools" of each.
  std::vector<std::string> Listed(int page_size = 50) {
    std::vector<std::string> lines;
    v1::ListCapabilitiesRequest request;
    request.set_page_size(page_size);
    do {
      auto page = Capabilities(request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      for (const auto& entry : page->capabilities()) {
        lines.push_back(absl::StrCat(entry.capability_name(), " ", entry.tool_count(), ":"));
        for (const std::string& name : entry.tools()) absl::StrAppend(&lines.back(), " ", name);
        total_ = page->total();
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return lines;
  }
  int total_ = -1;

  // "capability tool" of each.
  std::vector<std::string> ToolsOf(const std::string& capability_name, int page_size = 50) {
    std::vector<std::string> lines;
    v1::ListCapabilityToolsRequest request;
    request.set_capability_name(capability_name);
    request.set_page_size(page_size);
    do {
      auto page = CapabilityTools(request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      EXPECT_EQ(page->capability(), capability_name);
      for (const v1::CapabilityTool& tool : page->tools()) {
        lines.push_back(absl::StrCat(tool.capability().capability_name(), " ", tool.tool_name()));
      }
      total_ = page->total();
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return lines;
  }
};

TEST_F(CapabilityTest, EachIsListedWithItsTools) {
  EXPECT_THAT(Listed(), IsEmpty());
  Store(ToolWith("b", {"reading", "writing"}));
  Store(ToolWith("A", {"reading"}));
  Store(ToolWith("c", {"erasing"}));
  for (int page_size : {1, 2, 50}) {
    EXPECT_THAT(Listed(page_size), ElementsAre("erasing 1: c", "reading 2: A b", "writing 1: b"));
    EXPECT_EQ(total_, 3);
  }
  Remove("b");
  Change("c", "capabilities", ToolWith("c", {"writing"}));
  EXPECT_THAT(Listed(), ElementsAre("reading 1: A", "writing 1: c"));
}

TEST_F(CapabilityTest, NamesOfToolsEndAtAThousandTheirCountDoesNot) {
  ImportMutation import;
  for (int i = 0; i < 1001; ++i) import.tools.push_back(ToolWith(absl::StrCat("tool-", 1000 + i), {"common"}));
  ASSERT_THAT(Write(import), IsOk());
  auto page = Capabilities({});
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->capabilities_size(), 1);
  EXPECT_EQ(page->capabilities(0).tool_count(), 1001);
  EXPECT_EQ(page->capabilities(0).tools_size(), 1000);
  EXPECT_EQ(page->capabilities(0).tools(999), "tool-1999");
}

TEST_F(CapabilityTest, ToolsOfACapabilityComeWithItsPatternsTheAskedNameFirst) {
  Store(ToolWith("psql", {"sql_execution"}));
  Store(ToolWith("sqlite", {"database_query", "db_query"}));
  Store(ToolWith("mysql", {"db_query"}));
  for (int page_size : {1, 3, 50}) {
    EXPECT_THAT(ToolsOf("db_query", page_size),
                ElementsAre("db_query mysql", "db_query sqlite", "database_query sqlite", "sql_execution psql"));
    EXPECT_EQ(total_, 4);
    EXPECT_THAT(ToolsOf("sql_execution", page_size),
                ElementsAre("sql_execution psql", "database_query sqlite", "db_query mysql", "db_query sqlite"));
  }
  v1::ListCapabilityToolsRequest request;
  request.set_capability_name("sql_execution");
  const v1::CapabilityTool tool = CapabilityTools(request)->tools(0);
  EXPECT_EQ(tool.description(), "does this and that");
  EXPECT_EQ(tool.platform(), "linux");
  EXPECT_EQ(tool.version(), "1.0");
  EXPECT_TRUE(tool.enabled());
  ASSERT_EQ(tool.capability().patterns_size(), 1);
  EXPECT_EQ(tool.capability().patterns(0).pattern_name(), "sql_execution_pattern");
  EXPECT_THAT(ToolsOf("unknown"), IsEmpty());
  EXPECT_EQ(total_, 0);
}

TEST_F(CapabilityTest, PagesContinueWhileToolsComeAndGo) {
  for (const char* name : {"a", "b", "c"}) Store(ToolWith(name, {"reading"}));
  v1::ListCapabilityToolsRequest request;
  request.set_capability_name("reading");
  request.set_page_size(2);
  auto first = CapabilityTools(request);
  EXPECT_THAT(NamesOf(first->tools()), ElementsAre("a", "b"));
  Remove("b");
  Store(ToolWith("aa", {"reading"}));
  request.set_page_token(first->next_page_token());
  EXPECT_THAT(NamesOf(CapabilityTools(request)->tools()), ElementsAre("c"));
}

TEST_F(CapabilityTest, WrongRequestsAreRefused) {
  v1::ListCapabilityToolsRequest request;
  EXPECT_THAT(std::string(CapabilityTools(request).status().message()), HasSubstr("capability_name: is required"));
  request.set_capability_name(std::string(101, 'x'));
  EXPECT_THAT(CapabilityTools(request), HasCode(absl::StatusCode::kInvalidArgument));
  request.set_capability_name("a");
  request.set_page_token("bm9uc2Vuc2U");
  EXPECT_THAT(std::string(CapabilityTools(request).status().message()), HasSubstr("page_token"));
  v1::ListCapabilitiesRequest list;
  list.set_page_size(1001);
  EXPECT_THAT(std::string(Capabilities(list).status().message()), HasSubstr("page_size: must be from 1 to 1000"));
  list.set_page_size(1);
  list.set_page_token("x");
  EXPECT_THAT(Capabilities(list), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(CapabilityTest, ALongPageDoesNotCountAllAgainAndAgain) {
  Store(ToolWith("a", {"reading"}));
  Sql("insert into tool_capabilities (capability_name, name_key, tool_name) "
      "select 'capability-' || n, 'a', 'a' from generate_series(1, 20000) n");
  const auto best_of_three = [this](int page_size) {
    absl::Duration best = absl::InfiniteDuration();
    v1::ListCapabilitiesRequest request;
    request.set_page_size(page_size);
    for (int i = 0; i < 3; ++i) {
      const absl::Time begin = absl::Now();
      const auto page = Capabilities(request);
      best = std::min(best, absl::Now() - begin);
      EXPECT_THAT(page, IsOk());
      EXPECT_EQ(page->capabilities_size(), page_size);
      EXPECT_EQ(page->total(), 20001);
    }
    return best;
  };
  const absl::Duration one = best_of_three(1), many = best_of_three(1000);
  RecordProperty("one_us", absl::ToInt64Microseconds(one));
  RecordProperty("many_us", absl::ToInt64Microseconds(many));
  EXPECT_LT(many, 6 * one);
}

}  // namespace
}  // namespace toolcatalog
