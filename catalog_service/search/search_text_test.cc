#include "catalog_service/search/search_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

std::vector<std::string> Words(absl::string_view text) {
  std::vector<std::string> words;
  for (const TextWord& word : WordsIn(text)) words.push_back(word.word);
  return words;
}

v1::Tool PgDump() {
  v1::Tool tool;
  tool.set_tool_name("PG_Dump");
  tool.set_description("Writes a database to a file");
  v1::Capability* capability = tool.add_capabilities();
  capability->set_capability_name("backup");
  capability->set_description("unseen");
  v1::Pattern* pattern = capability->add_patterns();
  pattern->set_pattern_name("full_copy");
  pattern->add_typical_use_cases("before an upgrade");
  auto* tags = (*tool.mutable_metadata()->mutable_fields())["tags"].mutable_list_value();
  tags->add_values()->set_string_value("SQL");
  tags->add_values()->set_string_value(std::string(101, 'x'));
  tags->add_values()->set_number_value(7);
  return tool;
}

TEST(SearchTextTest, WordsAreRunsOfLettersAndDigitsInLowerCase) {
  EXPECT_THAT(Words("pg_dump -Fc: 2 Files!"), ElementsAre("pg", "dump", "fc", "2", "files"));
  EXPECT_THAT(Words("\xC3\x9C"
                    "berwachung \xE2\x80\x93 \xD0\x9B\xD0\x9E\xD0\x93"),
              ElementsAre("\xC3\xBC"
                          "berwachung",
                          "\xD0\xBB\xD0\xBE\xD0\xB3"));
  EXPECT_THAT(Words("' & | ! ( ) : * \\ % \xFF"), ElementsAre());
  EXPECT_THAT(Words(""), ElementsAre());
}

TEST(SearchTextTest, WordsKnowTheirPlaceAndAreCut) {
  const std::string text = absl::StrCat("a ", std::string(1000, 'b'), " c");
  const std::vector<TextWord> words = WordsIn(text);
  ASSERT_EQ(words.size(), 3u);
  EXPECT_LE(words[1].word.size(), 40u);
  EXPECT_EQ(words[1].begin, 2u);
  EXPECT_EQ(words[1].end, 1002u);
  EXPECT_EQ(text.substr(words[2].begin, words[2].end - words[2].begin), "c");
}

TEST(SearchTextTest, EachFieldContributesItsWords) {
  const IndexedText text = IndexedTextOf(PgDump());
  EXPECT_THAT(text.capabilities, ElementsAre("backup"));
  EXPECT_THAT(text.tags, ElementsAre("sql"));
  EXPECT_THAT(text.words, ElementsAre("adump", "apg", "apgdump", "bbackup", "csql", "dcopy", "dfull", "dfullcopy", "ea",
                                      "edatabase", "efile", "eto", "ewrites", "fan", "fbefore", "fupgrade", "xpgdump"));
}

TEST(SearchTextTest, ALargeToolIsBounded) {
  v1::Tool tool = PgDump();
  auto* tags = (*tool.mutable_metadata()->mutable_fields())["tags"].mutable_list_value();
  for (int i = 0; i < 1000; ++i) tags->add_values()->set_string_value(absl::StrCat("tag", i));
  for (int i = 0; i < 20000; ++i) {
    tool.mutable_capabilities(0)->mutable_patterns(0)->add_typical_use_cases(absl::StrCat("word", i));
  }
  const IndexedText text = IndexedTextOf(tool);
  EXPECT_EQ(text.words.size(), 5000u);
  EXPECT_EQ(text.tags.size(), 100u);
  EXPECT_THAT(text.words, Contains("apg"));
}

TEST(SearchTextTest, TheSearchedTextFollowsWhatIsIndexedOnly) {
  const std::string before = SearchedTextOf(PgDump());
  v1::Tool same = PgDump();
  same.mutable_capabilities(0)->mutable_patterns(0)->set_complexity_score(0.7);
  same.set_enabled(false);
  EXPECT_EQ(SearchedTextOf(same), before);
  std::vector<v1::Tool> changed(6, PgDump());
  changed[0].set_tool_name("pg_dump");
  changed[1].set_description("other");
  changed[2].mutable_capabilities(0)->set_capability_name("other");
  changed[3].mutable_capabilities(0)->mutable_patterns(0)->set_pattern_name("other");
  changed[4].mutable_capabilities(0)->mutable_patterns(0)->set_typical_use_cases(0, "other");
  changed[5].clear_metadata();
  for (const v1::Tool& tool : changed) EXPECT_THAT(SearchedTextOf(tool), Not(before)) << tool.DebugString();
  // What moves from one field to another is found elsewhere.
  v1::Tool a, b;
  a.set_description("word");
  b.add_capabilities()->add_patterns()->add_typical_use_cases("word");
  EXPECT_NE(SearchedTextOf(a), SearchedTextOf(b));
}

TEST(SearchTextTest, TheHashFollowsTheTextOnly) {
  v1::Tool tool = PgDump();
  const auto hash = [&] { return TextHash(tool.tool_name(), IndexedTextOf(tool)); };
  const std::string before = hash();
  tool.mutable_capabilities(0)->mutable_patterns(0)->set_complexity_score(0.7);
  tool.set_enabled(false);
  EXPECT_EQ(hash(), before);
  tool.set_description("Writes a database to two files");
  EXPECT_THAT(hash(), Not(before));
  tool = PgDump();
  tool.set_tool_name("pg_dump");
  EXPECT_THAT(hash(), Not(before));
}

}  // namespace
}  // namespace toolcatalog
