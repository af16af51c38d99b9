#include "common/near_miss.h"

#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

TEST(NearMiss, CountsSlipsWithoutRegardToCase) {
  EXPECT_EQ(EditDistance("linux", "Linux", 2), 0);
  EXPECT_EQ(EditDistance("linxu", "linux", 2), 1);
  EXPECT_EQ(EditDistance("lnux", "linux", 2), 1);
  EXPECT_EQ(EditDistance("lineux", "linux", 2), 1);
  EXPECT_EQ(EditDistance("", "ab", 2), 2);
  EXPECT_EQ(EditDistance("windows", "linux", 2), 3);
  EXPECT_EQ(EditDistance(std::string(100000, 'x'), "linux", 2), 3);
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
}

TEST(NearMissSearch, FindsUntilItsWorkIsDone) {
  const std::vector<std::string> words(100, "duration_of_the_longest_run");
  NearMissSearch search;
  EXPECT_EQ(search.NearestWord("duration_of_the_longst_run", words), words[0]);
  EXPECT_EQ(search.WordBesideOneSlip("duration_of_the_longst_run", words), words[0]);
  EXPECT_EQ(search.WordBesideOneSlip("duration_of_the_lngst_run", words), "");
  int found = 2;
  while (found < 10000 && !search.NearestWord("duration_of_the_longst_run", words).empty()) ++found;
  EXPECT_GT(found, 100);
  EXPECT_LT(found, 1000);
  EXPECT_EQ(search.WordBesideOneSlip("duration_of_the_longst_run", words), "");
}

}  // namespace
}  // namespace toolcatalog
