#include "common/natural_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace toolcatalog {
namespace {

TEST(NaturalOrderTest, VersionsComeInTheOrderPeopleExpect) {
  const std::vector<std::string> expected = {"alpha",
                                             "beta2",
                                             "0.9",
                                             "1",
                                             "1.0-alpha",
                                             "1.0-alpha2",
                                             "1.0-rc1",
                                             "1.0-RC2",
                                             "1.0-rc10",
                                             "1.0",
                                             "1.0+build1",
                                             "1.0-1",
                                             "1.0.1",
                                             "1.9",
                                             "1.10",
                                             "2.0-rc1",
                                             "2.0",
                                             "10.0",
                                             "9999999999999999999",
                                             "10000000000000000000"};
  std::vector<std::string> sorted = expected;
  std::reverse(sorted.begin(), sorted.end());
  std::sort(sorted.begin(), sorted.end(), NaturalLess);
  EXPECT_EQ(sorted, expected);
}

TEST(NaturalOrderTest, CaseAndLeadingZerosMakeNoDifference) {
  for (const auto& [a, b] : std::vector<std::pair<std::string, std::string>>{
           {"1.0", "1.0"}, {"1.0-RC1", "1.0-rc1"}, {"1.01", "1.1"}, {"", ""}, {"0", "000"}}) {
    EXPECT_FALSE(NaturalLess(a, b)) << a << " " << b;
    EXPECT_FALSE(NaturalLess(b, a)) << a << " " << b;
  }
}

TEST(NaturalOrderTest, AnyTwoTextsAreOrderedOneWay) {
  const std::vector<std::string> texts = {"1", "1.", "1-", "1-a", "1-1", "1+", "1a", "a1", "1.a", "1.0", "1_0", "-"};
  for (const std::string& a : texts) {
    for (const std::string& b : texts) {
      if (a != b) EXPECT_NE(NaturalLess(a, b), NaturalLess(b, a)) << a << " " << b;
      for (const std::string& c : texts) {
        if (NaturalLess(a, b) && NaturalLess(b, c)) EXPECT_TRUE(NaturalLess(a, c)) << a << " " << b << " " << c;
      }
    }
  }
}

}  // namespace
}  // namespace toolcatalog
