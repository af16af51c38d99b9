#include "catalog_service/rpc/entity_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

TEST(EntityTagsTest, AListOfTags) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> lists = {
      {R"("a")", {"a"}},        {R"("own", "x,y")", {"own", "x,y"}}, {R"( "a" ,, "b",)", {"a", "b"}}, {R"("")", {""}},
      {R"(W/"a", "b")", {"b"}}, {"\"\xC3\xBC\"", {"\xC3\xBC"}},
  };
  for (const auto& [list, tags] : lists) {
    const auto condition = ConditionOf("", list);
    ASSERT_TRUE(condition.ok()) << list << ": " << condition.status();
    EXPECT_TRUE(condition->given);
    EXPECT_FALSE(condition->any);
    EXPECT_THAT(condition->any_of, ElementsAreArray(tags)) << list;
  }
}

TEST(EntityTagsTest, AWeakTagIsAConditionThatNeverHolds) {
  const auto condition = ConditionOf("", "W/\"own\"");
  ASSERT_TRUE(condition.ok()) << condition.status();
  EXPECT_TRUE(condition->given);
  EXPECT_THAT(condition->any_of, IsEmpty());
}

TEST(EntityTagsTest, WhatIsNoListIsRefused) {
  for (const char* broken : {"", ",", " ", "unquoted", "\"a\", *", "*, \"a\"", "\"a\" \"b\"", "\"a", "w/\"a\"", "W/",
                             "\"a b\"", "\"a\"b", "\"\x7f\""}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ConditionOf("", broken).status())) << broken;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(ConditionOf("", std::string(5000, 'a')).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ConditionOf(std::string(5000, 'a'), std::nullopt).status()));
}

TEST(EntityTagsTest, FieldAndHeaderMustBothHold) {
  EXPECT_FALSE(ConditionOf("", std::nullopt)->given);
  EXPECT_THAT(ConditionOf("a", std::nullopt)->any_of, ElementsAre("a"));
  EXPECT_THAT(ConditionOf("a", "*")->any_of, ElementsAre("a"));
  EXPECT_THAT(ConditionOf("a", "\"b\", \"a\"")->any_of, ElementsAre("a"));
  for (const char* other : {"\"b\"", "W/\"a\""}) {
    const auto condition = ConditionOf("a", other);
    EXPECT_TRUE(condition->given && condition->any_of.empty() && !condition->any) << other;
  }
  EXPECT_FALSE(ConditionOf("a", "broken").ok());
}

}  // namespace
}  // namespace toolcatalog
