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

}  // namespace
}  // namespace toolcatalog
