#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

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

class SearchTest : public QueryFixture {
 protected:
  static v1::SearchToolsRequest Request(const std::string& q, const std::vector<std::string>& fields = {}) {
    v1::SearchToolsRequest request;
    request.set_q(q);
    for (const std::string& field : fields) request.add_fields(field);
    return request;
  }
  std::vector<std::string> Find(const std::string& q, const std::vector<std::string>& fields = {}) {
    return Names(Request(q, fields));
  }
  std::vector<std::string> Names(const v1::SearchToolsRequest& request) {
    std::vector<std::string> names;
    auto response = Search(request);
    EXPECT_THAT(response, IsOk()) << request.q();
    if (!response.ok()) return names;
    for (const v1::SearchResult& result : response->results()) names.push_back(result.tool().tool_name());
    if (response->next_page_token().empty() && request.page_token().empty()) {
      EXPECT_EQ(response->total(), response->results_size());
    }
    return names;
  }
  std::string ProblemOf(const v1::SearchToolsRequest& request) {
    return std::string(Search(request).status().message());
  }
};

TEST_F(SearchTest, TheFieldDecidesTheRank) {
  Store(BareTool("t_description", "a needle in the haystack"));
  v1::Tool tool = ToolWith("t_pattern", {"sewing"});
  tool.mutable_capabilities(0)->mutable_patterns(0)->set_pattern_name("needle_first");
  Store(tool);
  tool = ToolWith("t_use_case", {"sewing"});
  tool.mutable_capabilities(0)->mutable_patterns(0)->add_typical_use_cases("find a needle");
  Store(tool);
  tool = BareTool("t_tag", "no");
  SetTags({"Needle"}, tool);
  Store(tool);
  Store(ToolWith("t_capability", {"needle_work"}));
  Store(BareTool("needles", "no"));
  Store(BareTool("z_needle", "no"));
  Store(BareTool("Needle", "no"));
  EXPECT_THAT(Find("needle"), ElementsAre("Needle", "z_needle", "needles", "t_capability", "t_tag", "t_pattern",
                                          "t_description", "t_use_case"));
  auto response = Search(Request("needle"));
  for (int i = 1; i < response->results_size(); ++i) {
    EXPECT_LT(response->results(i).score(), response->results(i - 1).score());
  }
  EXPECT_THAT(response->fields(), ElementsAre("name", "capabilities", "tags", "patterns", "description", "use_cases"));
}

TEST_F(SearchTest, NamesAreFoundWholeInPartsAndJoined) {
  Store(BareTool("pg_dump", "writes a database"));
  Store(BareTool("pg.dump", "the other one"));
  Store(BareTool("mysqldump", "calls pg and dump"));
  EXPECT_THAT(Find("pg_dump"), ElementsAre("pg_dump", "pg.dump", "mysqldump"));
  EXPECT_THAT(Find("PG.dump"), ElementsAre("pg.dump", "pg_dump", "mysqldump"));
  EXPECT_THAT(Find("pgdump"), ElementsAre("pg.dump", "pg_dump"));
  EXPECT_THAT(Find("dump pg"), ElementsAre("pg.dump", "pg_dump", "mysqldump"));
  EXPECT_THAT(Find("pg_du"), ElementsAre("pg.dump", "pg_dump", "mysqldump"));
}

TEST_F(SearchTest, AllWordsMustBeThereInWhateverField) {
  v1::Tool tool = ToolWith("copier", {"file_copy"});
  tool.set_description("moves bytes");
  SetTags({"backup"}, tool);
  Store(tool);
  EXPECT_THAT(Find("backup bytes copier"), ElementsAre("copier"));
  EXPECT_THAT(Find("backup bits"), IsEmpty());
}

TEST_F(SearchTest, BeginningsAndProseEndingsAreFound) {
  Store(BareTool("kubectl", "controls clusters"));
  Store(BareTool("logger", "answers a query"));
  EXPECT_THAT(Find("kube"), ElementsAre("kubectl"));
  EXPECT_THAT(Find("queries"), ElementsAre("logger"));
  EXPECT_THAT(Find("cluster"), ElementsAre("kubectl"));
  EXPECT_THAT(Find("ectl"), IsEmpty());
}

TEST_F(SearchTest, TyposAreForgivenWhereNothingElseIsFound) {
  Store(BareTool("grep", "finds lines"));
  Store(BareTool("kubernetes", "finds pods"));
  Store(BareTool("gerbil", "an animal"));
  for (const char* q : {"gerp", "grp", "grrep", "grap", "brep"}) EXPECT_THAT(Find(q), ElementsAre("grep")) << q;
  EXPECT_THAT(Find("kubenretes"), ElementsAre("kubernetes"));
  EXPECT_THAT(Find("cuberntes"), ElementsAre("kubernetes")) << "two typos in a long word";
  EXPECT_THAT(Find("kubenretes pdos"), ElementsAre("kubernetes"));
  EXPECT_THAT(Find("ger"), ElementsAre("gerbil")) << "a beginning is no typo";
  EXPECT_THAT(Find("xyzzy"), IsEmpty());
  auto response = Search(Request("gerp"));
  ASSERT_EQ(response->results(0).highlights_size(), 1);
  EXPECT_EQ(response->results(0).highlights(0).text(), "**grep**");
  EXPECT_EQ(response->query(), "gerp");
}

TEST_F(SearchTest, FieldsRestrictSearchAndHighlights) {
  v1::Tool tool = BareTool("copier", "a backup tool");
  SetTags({"backup"}, tool);
  Store(tool);
  Store(BareTool("backup", "copies"));
  EXPECT_THAT(Find("backup", {"tags"}), ElementsAre("copier"));
  EXPECT_THAT(Find("backup", {"name"}), ElementsAre("backup"));
  EXPECT_THAT(Find("backup", {"use_cases", "patterns"}), IsEmpty());
  auto response = Search(Request("backup", {"tags,description"}));
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(response->fields(), ElementsAre("tags", "description"));
  ASSERT_EQ(response->results_size(), 1);
  ASSERT_EQ(response->results(0).highlights_size(), 2);
  EXPECT_EQ(response->results(0).highlights(0).field(), "tags");
  EXPECT_EQ(response->results(0).highlights(0).text(), "**backup**");
  EXPECT_EQ(response->results(0).highlights(1).text(), "a **backup** tool");
}

TEST_F(SearchTest, MarksArePlainText) {
  Store(BareTool("discount", "100% off: it's a \\ b & c | d"));
  for (const char* q : {"100%", "it's", "a \\ b", "c | d", "off:*", "(100)", "100 <-> off", "\"off\"", "100; --"}) {
    EXPECT_THAT(Find(q), ElementsAre("discount")) << q;
  }
  for (const char* q : {"%", "'", "&", "|", "!", "(", ")", ":*", "\\", "''", "_", "--", "* : ! & ( |"}) {
    EXPECT_THAT(Find(q), IsEmpty()) << q;
  }
  EXPECT_THAT(Find("!discount"), ElementsAre("discount"));
  EXPECT_THAT(Find("discount & !discount"), ElementsAre("discount"));
}

TEST_F(SearchTest, WrongRequestsAreRefused) {
  EXPECT_THAT(ProblemOf(Request("")), HasSubstr("q: is required"));
  EXPECT_THAT(ProblemOf(Request(std::string(10000, 'x'))), HasSubstr("q: must have at most 200 characters"));
  EXPECT_THAT(ProblemOf(Request("x", {"title"})), HasSubstr("fields: unknown field \"title\"; allowed: name"));
  v1::SearchToolsRequest request = Request("x");
  request.set_page_size(0);
  EXPECT_THAT(ProblemOf(request), HasSubstr("page_size: must be from 1 to 1000"));
  EXPECT_THAT(Find(std::string(200, 'x')), IsEmpty());
  std::string many;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&many, "word", i, " ");
  EXPECT_THAT(Find(many), IsEmpty());
}

TEST_F(SearchTest, OnlyTheLatestVersionIsFoundAsItIsNow) {
  Store(BareTool("cat", "first words"));
  v1::Tool second = BareTool("cat", "second thoughts");
  second.set_version("2.0");
  Store(second);
  EXPECT_THAT(Find("first"), IsEmpty());
  EXPECT_THAT(Find("thoughts"), ElementsAre("cat"));
  Remove("cat", "2.0");
  EXPECT_THAT(Find("first"), ElementsAre("cat"));
  EXPECT_THAT(Find("thoughts"), IsEmpty());
  Change("cat", "description", BareTool("cat", "changed"));
  EXPECT_THAT(Find("first"), IsEmpty());
  EXPECT_THAT(Find("changed"), ElementsAre("cat"));
  Remove("cat");
  EXPECT_THAT(Find("cat"), IsEmpty());
}

TEST_F(SearchTest, EveryRankHasItsPlace) {
  v1::Tool pattern = ToolWith("m", {"x"});
  pattern.mutable_capabilities(0)->mutable_patterns(0)->set_pattern_name("log");
  v1::Tool use_case = ToolWith("k", {"x"});
  use_case.mutable_capabilities(0)->mutable_patterns(0)->add_typical_use_cases("read a log");
  v1::Tool tag = BareTool("n", "x");
  SetTags({"log"}, tag);
  for (const v1::Tool& tool :
       {BareTool("log", "x"), BareTool("log.", "x"), BareTool("z_log", "x"), BareTool("p_logger", "x"),
        ToolWith("o", {"log"}), tag, pattern, BareTool("l", "a log"), use_case, BareTool("j", "nothing")}) {
    Store(tool);
  }
  EXPECT_THAT(Find("log x"), ElementsAre("m", "log", "log.", "n", "p_logger", "z_log", "k"));
  std::vector<std::string> names;
  v1::SearchToolsRequest request = Request("log");
  request.set_page_size(1);
  std::vector<double> scores;
  do {
    auto page = Search(request);
    ASSERT_THAT(page, IsOk());
    ASSERT_EQ(page->results_size(), 1);
    names.push_back(page->results(0).tool().tool_name());
    scores.push_back(page->results(0).score());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("log", "log.", "z_log", "p_logger", "o", "n", "m", "l", "k"));
  EXPECT_TRUE(std::is_sorted(scores.rbegin(), scores.rend()));
  EXPECT_EQ(std::set<double>(scores.begin(), scores.end()).size(), 9u);
}

TEST_F(SearchTest, PagesGoThroughAllRanksAndHoldForTheirQueryOnly) {
  ImportMutation import;
  std::vector<std::string> expected = {"log"};
  import.tools.push_back(BareTool("log", "x"));
  for (int i = 0; i < 10; ++i) import.tools.push_back(BareTool(absl::StrCat("log_", i), "x"));
  for (int i = 0; i < 10; ++i) expected.push_back(absl::StrCat("log_", i));
  for (int i = 0; i < 10; ++i) import.tools.push_back(BareTool(absl::StrCat("a", i), "a log"));
  for (int i = 0; i < 10; ++i) expected.push_back(absl::StrCat("a", i));
  ASSERT_THAT(Write(import), IsOk());
  for (int page_size : {1, 4, 10, 11, 50}) {
    v1::SearchToolsRequest request = Request("log");
    request.set_page_size(page_size);
    std::vector<std::string> names;
    do {
      auto page = Search(request);
      ASSERT_THAT(page, IsOk());
      EXPECT_EQ(page->total(), 21);
      for (const v1::SearchResult& result : page->results()) names.push_back(result.tool().tool_name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(names, expected) << page_size;
  }
  v1::SearchToolsRequest request = Request("log");
  request.set_page_size(12);
  const std::string token = Search(request)->next_page_token();
  Remove("a1");
  Store(BareTool("log_zero", "x"));
  Store(BareTool("a1b", "a log"));
  request.set_page_token(token);
  EXPECT_THAT(Names(request), ElementsAre("a1b", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"));
  request.set_q("logs");
  EXPECT_THAT(ProblemOf(request), HasSubstr("page_token"));
  request.set_q("log");
  request.add_fields("name");
  EXPECT_THAT(ProblemOf(request), HasSubstr("page_token"));
}

// Above some thousands of results, and of several words that a great part of all tools have, ranks are read in other
// ways; a sample tells, so pages may change over.
TEST_F(SearchTest, AWordThatManyToolsHaveIsRankedAllTheSame) {
  for (int part = 0; part < 6; ++part) {
    ImportMutation import;
    for (int i = 0; i < 500; ++i) {
      import.tools.push_back(BareTool(absl::StrCat("t", 10000 + part * 500 + i), "a common word"));
      import.tools.push_back(BareTool(absl::StrCat("u", 10000 + part * 500 + i), "another sentence, longer than that"));
    }
    if (part == 2) import.tools.push_back(BareTool("zz_common", "x"));
    if (part == 2) import.tools.push_back(ToolWith("zzz", {"common"}));
    ASSERT_THAT(Write(import), IsOk());
  }
  for (const auto& [q, total] : std::map<std::string, int>{{"common", 3002}, {"common word", 3000}, {"word a", 3000}}) {
    v1::SearchToolsRequest request = Request(q);
    request.set_page_size(4);
    auto first = Search(request);
    ASSERT_THAT(first, IsOk());
    EXPECT_EQ(first->total(), total) << q;
    if (q == "common") {
      EXPECT_THAT(Names(request), ElementsAre("zz_common", "zzz", "t10000", "t10001"));
    } else {
      EXPECT_THAT(Names(request), ElementsAre("t10000", "t10001", "t10002", "t10003")) << q;
    }
    std::set<std::string> seen;
    request.set_page_size(700);
    do {
      for (const std::string& name : Names(request)) EXPECT_TRUE(seen.insert(name).second) << q << " " << name;
      request.set_page_token(Search(request)->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(static_cast<int>(seen.size()), total) << q;
  }
}

}  // namespace
}  // namespace toolcatalog
