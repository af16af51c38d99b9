#include "catalog_service/search/search_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/near_miss.h"

namespace toolcatalog {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Fields = std::vector<std::string>;

SearchQuery Query(absl::string_view q, const Fields& fields = {}) {
  auto query = SearchQuery::Parse(q, fields);
  EXPECT_TRUE(query.ok()) << query.status();
  return *std::move(query);
}

std::string ProblemOf(absl::string_view q, const Fields& fields = {}) {
  return std::string(SearchQuery::Parse(q, fields).status().message());
}

TEST(SearchQueryTest, WordsFindThemselvesAndWhatTheyBegin) {
  const SearchQuery query = Query("  Log files x y ");
  EXPECT_EQ(query.text(), "Log files x y");
  ASSERT_EQ(query.words().size(), 4u);
  EXPECT_TRUE(query.words()[0].Finds("log"));
  EXPECT_TRUE(query.words()[0].Finds("logging"));
  EXPECT_FALSE(query.words()[0].Finds("lo"));
  EXPECT_TRUE(query.words()[1].Finds("file"));
  EXPECT_FALSE(query.words()[1].Finds("filer"));
  EXPECT_TRUE(query.words()[2].Finds("x"));
  EXPECT_FALSE(query.words()[2].Finds("xargs")) << "one letter begins too many words";
  EXPECT_TRUE(query.words()[3].Finds("yaml")) << "a last word may be still being typed";
  EXPECT_FALSE(Query("y").words()[0].Finds("yaml"));
}

TEST(SearchQueryTest, EndingsOfProseAreOptionalAndNamesStay) {
  auto others = [](absl::string_view word) { return Query(word).words()[0].others; };
  EXPECT_THAT(others("queries"), Contains("query"));
  EXPECT_THAT(others("processes"), Contains("process"));
  EXPECT_THAT(others("logs"), Contains("log"));
  EXPECT_THAT(others("monitoring"), Contains("monitor"));
  EXPECT_THAT(others("caching"), Contains("cache"));
  EXPECT_THAT(others("restarted"), Contains("restart"));
  for (const char* name : {"status", "redis", "process", "dns", "kubectl", "grep", "ping", "sed"}) {
    EXPECT_THAT(others(name), IsEmpty()) << name;
  }
}

TEST(SearchQueryTest, NothingThatIsTypedReachesTheDatabaseButLettersAndDigits) {
  const std::string evil = "a'b & c | !d:* (e) \\f %g _h \"i\" --j; <-> k''";
  const SearchQuery query = Query(evil);
  ASSERT_EQ(query.words().size(), 11u);
  for (const SearchQuery::Word& word : query.words()) EXPECT_EQ(word.word.size(), 1u);
  EXPECT_THAT(query.Having(0), "('aa' | 'ba' | 'ca' | 'da' | 'ea' | 'fa')");
  EXPECT_THAT(Query("% ' \" & | ! ( ) : * \\").words(), IsEmpty());
}

TEST(SearchQueryTest, TiersAreDisjointAndTheLastCompletesTheSearch) {
  const SearchQuery query = Query("pg_dump", {"name,tags"});
  const auto tiers = query.Tiers();
  ASSERT_EQ(tiers.size(), 4u);
  EXPECT_EQ(tiers[0].tsquery, "('apg') & ('adump') & 'xpgdump'");
  EXPECT_EQ(tiers[1].tsquery, "('apg') & ('adump') & !(('apg') & ('adump') & 'xpgdump')");
  EXPECT_EQ(tiers[2].tsquery, "('apg':*) & ('adump':*) & !(('apg') & ('adump'))");
  EXPECT_EQ(tiers[3].tsquery, "('apg':* | 'cpg':*) & ('adump':* | 'cdump':*) & !(('apg':*) & ('adump':*))");
  EXPECT_EQ(query.All(), "('apg':* | 'cpg':*) & ('adump':* | 'cdump':*)");
  for (size_t i = 1; i < tiers.size(); ++i) EXPECT_LT(tiers[i].score, tiers[i - 1].score);
  EXPECT_EQ(query.exact_name_key(), "pg_dump");
  EXPECT_EQ(Query("pg_dump", {"tags"}).exact_name_key(), "");
}

TEST(SearchQueryTest, KnownWordsStandForABeginning) {
  SearchQuery query = Query("logs", {"name"});
  query.Replace(0, {"logstash"});
  EXPECT_EQ(query.All(), "('alogs' | 'alog' | 'alogstash')");
  EXPECT_TRUE(query.words()[0].Finds("logstash"));
  EXPECT_FALSE(query.words()[0].Finds("logsome"));
}

TEST(SearchQueryTest, FieldsAreRepeatedOrCommaSeparated) {
  auto names = [](const SearchQuery& query) {
    std::vector<std::string> names;
    for (const SearchField& field : query.fields()) names.push_back(field.name);
    return names;
  };
  EXPECT_THAT(names(Query("x", {"tags", "name, tags"})), ElementsAre("name", "tags"));
  EXPECT_EQ(names(Query("x")).size(), 6u);
  EXPECT_THAT(
      ProblemOf("x", {"name,titel"}),
      HasSubstr("unknown field \"titel\"; allowed: name, capabilities, tags, patterns, description, use_cases"));
  EXPECT_THAT(ProblemOf("x", {"name,"}), HasSubstr("unknown field \"\""));
}

TEST(SearchQueryTest, WrongTextsAreRefused) {
  EXPECT_THAT(ProblemOf("   "), HasSubstr("q: is required"));
  EXPECT_THAT(ProblemOf(std::string(10000, 'x')), HasSubstr("at most 200 characters, got 10000"));
  EXPECT_THAT(ProblemOf("a\nb"), HasSubstr("printable"));
  EXPECT_THAT(ProblemOf("a\xFF"), HasSubstr("printable"));
  std::string many;
  for (int i = 0; i < 21; ++i) absl::StrAppend(&many, " w", i);
  EXPECT_THAT(ProblemOf(many), HasSubstr("at most 20 different words, got 21"));
  EXPECT_TRUE(SearchQuery::Parse(std::string(200, 'x'), Fields{}).ok());
}

TEST(SearchQueryTest, Typos) {
  const std::vector<std::string> near = WordsOneTypoAway("gerp");
  for (const char* word : {"grep", "ger", "gerps", "zerp", "gerpz"}) EXPECT_THAT(near, Contains(word));
  EXPECT_THAT(near, Not(Contains("gerp")));
  for (const std::string& word : near) EXPECT_EQ(EditDistance(word, "gerp", 2), 1) << word;
  EXPECT_THAT(WordsOneTypoAway("ab"), IsEmpty());
  EXPECT_THAT(WordsOneTypoAway(std::string(20, 'x')), IsEmpty());
}

}  // namespace
}  // namespace toolcatalog
