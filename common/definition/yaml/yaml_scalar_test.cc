#include "common/definition/yaml/yaml_scalar.h"

#include <string>

#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

TEST(IsYamlNumber, FollowsTheCoreSchema) {
  for (const char* text :
       {"0", "-1", "+12", "007", "0x1F", "0o17", "1.", ".5", "-1.5e+3", "1e6", ".inf", "-.INF", ".NaN"}) {
    EXPECT_TRUE(IsYamlNumber(text)) << text;
  }
  for (const char* text : {"", "-", ".", "e5", "1e", "0x", "0xG", "0o8", "1_000", "12:30", "2025-01-15", "1.2.3", "1 ",
                           "nan", "inf", "+-1", "0X1F"}) {
    EXPECT_FALSE(IsYamlNumber(text)) << text;
  }
}

TEST(ParseYamlNumber, ReadsExactly) {
  EXPECT_EQ(*ParseYamlNumber("0.1"), 0.1);
  EXPECT_EQ(*ParseYamlNumber("+5"), 5);
  EXPECT_EQ(*ParseYamlNumber("-007"), -7);
  EXPECT_EQ(*ParseYamlNumber("1."), 1);
  EXPECT_EQ(*ParseYamlNumber(".5"), 0.5);
  EXPECT_EQ(*ParseYamlNumber("-1.5E+3"), -1500);
  EXPECT_EQ(*ParseYamlNumber("0x1F"), 31);
  EXPECT_EQ(*ParseYamlNumber("0o17"), 15);
  EXPECT_EQ(*ParseYamlNumber("9007199254740992"), 9007199254740992.0);
  EXPECT_EQ(*ParseYamlNumber("18446744073709551616"), 18446744073709551616.0);
}

TEST(ParseYamlNumber, RefusesWhatADoubleCannotHold) {
  for (const char* text : {"9007199254740993", "-9007199254740993", "0x20000000000001", "0xFFFFFFFFFFFFFFFF",
                           "0x10000000000000000", "1e999", "1e-999", ".inf", ".nan", "x", "<0.0-1.0>"}) {
    EXPECT_FALSE(ParseYamlNumber(text).ok()) << text;
  }
  EXPECT_FALSE(ParseYamlNumber(std::string(100'000, '9')).ok());
  EXPECT_EQ(ParseYamlNumber("<0.0-1.0>").status().message(), "must be a number, got \"<0.0-1.0>\"");
}

TEST(HasLeadingZero, OnDecimalIntegersOnly) {
  for (const char* text : {"0755", "-01", "00"}) EXPECT_TRUE(HasLeadingZero(text)) << text;
  for (const char* text : {"0", "10", "0.5", "0x10", "0o10", ""}) EXPECT_FALSE(HasLeadingZero(text)) << text;
}

TEST(ParseYamlBool, KnowsThreeSpellings) {
  EXPECT_EQ(ParseYamlBool("true"), true);
  EXPECT_EQ(ParseYamlBool("False"), false);
  EXPECT_EQ(ParseYamlBool("TRUE"), true);
  EXPECT_EQ(ParseYamlBool("tRue"), std::nullopt);
  EXPECT_EQ(ParseYamlBool("yes"), std::nullopt);
  EXPECT_EQ(ParseSwitch("Yes"), true);
  EXPECT_EQ(ParseSwitch("off"), false);
  EXPECT_EQ(ParseSwitch("<true|false>"), std::nullopt);
}

}  // namespace
}  // namespace toolcatalog
