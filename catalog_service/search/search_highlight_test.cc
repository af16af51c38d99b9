#include "catalog_service/search/search_highlight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> Shown(absl::string_view q, const v1::Tool& tool, const std::vector<std::string>& fields = {}) {
  std::vector<std::string> shown;
  for (const v1::SearchHighlight& highlight : HighlightsOf(*SearchQuery::Parse(q, fields), tool)) {
    shown.push_back(absl::StrCat(highlight.field(), ": ", highlight.text()));
  }
  return shown;
}

v1::Tool Tool(const std::string& description) {
  v1::Tool tool;
  tool.set_tool_name("pg_dump");
  tool.set_description(description);
  v1::Pattern* pattern = tool.add_capabilities()->add_patterns();
  pattern->add_typical_use_cases("copy a database");
  pattern->add_typical_use_cases("dump a Database before an upgrade");
  return tool;
}

TEST(SearchHighlightTest, FoundWordsStandBetweenAsterisksInEachFieldOnce) {
  EXPECT_THAT(Shown("dump database", Tool("Writes databases\nto a file")),
              ElementsAre("name: pg_**dump**", "description: Writes **databases** to a file",
                          "use_cases: **dump** a **Database** before an upgrade"));
  EXPECT_THAT(Shown("dump", Tool("x"), {"name"}), ElementsAre("name: pg_**dump**"));
  EXPECT_THAT(Shown("pgdump", Tool("x")), ElementsAre("name: **pg_dump**"));
  EXPECT_THAT(Shown("absent", Tool("x")), ElementsAre());
}

TEST(SearchHighlightTest, LongTextsAreCutAroundTheFirstWord) {
  std::string text;
  for (int i = 0; i < 100; ++i)
    absl::StrAppend(&text,
                    "\xC3\xBC"
                    "ber ");
  const auto shown = Shown("needle", Tool(absl::StrCat(text, "the needle ", text)), {"description"});
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_THAT(shown[0], StartsWith("description: ...\xC3\xBC"
                                   "ber "));
  EXPECT_THAT(shown[0], HasSubstr(" the **needle** "));
  EXPECT_LE(shown[0].size(), 180u);
  EXPECT_LE(Shown("aa", Tool(std::string(4000, 'a')), {"description"})[0].size(), 180u);
}

}  // namespace
}  // namespace toolcatalog
