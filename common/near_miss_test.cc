#include "common/near_miss.h"

#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

TEST(NearMiss, CountsTyposWithoutRegardToCase) {
  EXPECT_EQ(EditDistance("linux", "Linux", 2), 0);
  EXPECT_EQ(EditDistance("linxu", "linux", 2), 1);
  EXPECT_EQ(EditDistance("lnux", "linux", 2), 1);
  EXPECT_EQ(EditDistance("lineux", "linux", 2), 1);
  EXPECT_EQ(EditDistance("", "ab", 2), 2);
  EXPECT_EQ(EditDistance("windows", "linux", 2), 3);
  EXPECT_EQ(EditDistance(std::string(100000, 'x'), "linux", 2), 3);
}

TEST(NearMiss, CountsCharactersNotBytes) {
  EXPECT_EQ(EditDistance("größe", "grösse", 2), 2);
  EXPECT_EQ(EditDistance("ÄRGER", "ärger", 2), 0);
  EXPECT_EQ(EditDistance("日本語", "日語本", 2), 1);
  EXPECT_EQ(EditDistance("enabled\uFE0F", "enabled", 2), 1) << "an invisible character";
  EXPECT_EQ(NearestWord("日誌", {"日语", "日誌表"}), "") << "two characters are few, however many bytes they have";
  EXPECT_EQ(EditDistance("a\xFF", "ab", 2), 1) << "not UTF-8";
}

TEST(NearMiss, FindsTheNearestWord) {
  const std::vector<std::string> words = {"linux", "windows", "text-processing", "N"};
  EXPECT_EQ(NearestWord("linus", words), "linux");
  EXPECT_EQ(NearestWord("Windows", words), "windows");
  EXPECT_EQ(NearestWord("text_procesing", words), "text-processing");
  EXPECT_EQ(NearestWord("n", words), "N");
  EXPECT_EQ(NearestWord("a", words), "") << "one letter is near to everything";
  EXPECT_EQ(NearestWord("linux", words), "") << "it is a word already";
  EXPECT_EQ(NearestWord("toaster", words), "");
}

TEST(NearMiss, WordsOfSearches) {
  EXPECT_EQ(EditDistance("kubernetes", "kubernetes", 2), 0);
  EXPECT_EQ(EditDistance("kubernetes", "kuberntees", 2), 1);
  EXPECT_EQ(EditDistance("kubernetes", "kubernets", 2), 1);
  EXPECT_EQ(EditDistance("kubernetes", "cubernets", 2), 2);
  EXPECT_EQ(EditDistance("kubernetes", "docker", 2), 3);
  EXPECT_EQ(EditDistance("", "abc", 2), 3);
}

TEST(NearMiss, DistancesBeyondTheDiagonalAreCounted) {
  EXPECT_EQ(EditDistance("abcdefgh", "cdefghab", 2), 3);
  EXPECT_EQ(EditDistance("abcdefgh", "cdefghab", 4), 4);
  EXPECT_EQ(EditDistance("ba", "ab", 1), 1);
  EXPECT_EQ(EditDistance("xabcdefghi", "abcdefghij", 2), 2);
  EXPECT_EQ(EditDistance("badcfe", "abcdef", 2), 3);
  EXPECT_EQ(EditDistance("badcfe", "abcdef", 3), 3);
  EXPECT_EQ(EditDistance("", "", 0), 0);
  EXPECT_EQ(EditDistance("a", "", 1), 1);
  EXPECT_EQ(EditDistance(std::string(64, 'x'), std::string(63, 'x'), 1), 1);
  EXPECT_EQ(EditDistance(std::string(65, 'x'), std::string(65, 'x'), 1), 2) << "too long to be a word";
}

TEST(NearMissSearch, FindsUntilItsWorkIsDone) {
  const std::vector<std::string> words(100, "duration_of_the_longest_run");
  NearMissSearch search;
  EXPECT_EQ(search.NearestWord("duration_of_the_longst_run", words), words[0]);
  EXPECT_EQ(search.WordOneTypoAway("duration_of_the_longst_run", words), words[0]);
  EXPECT_EQ(search.WordOneTypoAway("duration_of_the_lngst_run", words), "");
  int found = 2;
  while (found < 10000 && !search.NearestWord("duration_of_the_longst_run", words).empty()) ++found;
  EXPECT_GT(found, 100);
  EXPECT_LT(found, 1000);
  EXPECT_EQ(search.WordOneTypoAway("duration_of_the_longst_run", words), "");
}

}  // namespace
}  // namespace toolcatalog
