#include "common/definition/capability_aliases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CapabilityAliasesTest, AnyNameOfAGroupLeadsToAllOfThemItselfFirst) {
  auto aliases = CapabilityAliases::Make(CapabilityAliases::DefaultGroups());
  ASSERT_TRUE(aliases.ok()) << aliases.status();
  EXPECT_THAT(aliases->NamesFor("database_query"), ElementsAre("database_query", "db_query", "sql_execution"));
  EXPECT_THAT(aliases->NamesFor("sql_execution"), ElementsAre("sql_execution", "database_query", "db_query"));
  EXPECT_THAT(aliases->NamesFor("Database_Query"), ElementsAre("Database_Query"));
  EXPECT_THAT(aliases->NamesFor("line_counting"), ElementsAre("line_counting"));
}

TEST(CapabilityAliasesTest, ANameBelongsToOneGroup) {
  auto problem = [](const CapabilityAliases::Groups& groups) {
    return std::string(CapabilityAliases::Make(groups).status().message());
  };
  EXPECT_THAT(problem({{"a", {"x"}}, {"b", {"x"}}}), HasSubstr("capability_aliases.b: \"x\" must stand in one group"));
  EXPECT_THAT(problem({{"a", {"b"}}, {"b", {"c"}}}), HasSubstr("capability_aliases.b: \"b\""));
  EXPECT_THAT(problem({{"a", {"a"}}}), HasSubstr("capability_aliases.a: \"a\""));
  EXPECT_THAT(problem({{"a", {""}}}), HasSubstr("1 to 100 characters, got \"\""));
  EXPECT_THAT(problem({{"a", {"two\nlines"}}}), HasSubstr("printable"));
  EXPECT_THAT(problem({{"a", {std::string(101, 'x')}}}), HasSubstr("1 to 100 characters"));
  EXPECT_TRUE(CapabilityAliases::Make({}).ok());
}

}  // namespace
}  // namespace toolcatalog
