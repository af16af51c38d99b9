#include "common/definition/definition.h"

#include <string>

#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

TEST(CheckToolName, FollowsTheGrammar) {
  for (const char* name : {"grep", "G", "0x", "a.b-c_d", "search"}) EXPECT_FALSE(CheckToolName("n", name)) << name;
  EXPECT_FALSE(CheckToolName("n", std::string(100, 'a')));
  for (const char* name : {"../../evil", "-a", ".a", "a b", "a/b", "caf\xC3\xA9", "a+b"}) {
    EXPECT_TRUE(CheckToolName("n", name)) << name;
  }
  EXPECT_TRUE(CheckToolName("n", std::string(101, 'a')));
  EXPECT_TRUE(CheckToolName("n", std::string("a\0b", 3)));
}

TEST(CheckToolName, SaysFieldRuleAndValue) {
  const auto violation = CheckToolName("tool_name", "../../evil");
  ASSERT_TRUE(violation);
  EXPECT_EQ(violation->path, "tool_name");
  EXPECT_EQ(violation->message,
            "must match [A-Za-z0-9][A-Za-z0-9_.-]{0,99}, got \"../../evil\"; did you mean \"evil\"?");
  EXPECT_EQ(CheckToolName("tool_name", "")->message, "is required");
}

TEST(CheckVersion, FollowsTheGrammar) {
  for (const char* version : {"1.0", "1.2.3-rc1+b5", "v2"}) EXPECT_FALSE(CheckVersion("v", version)) << version;
  EXPECT_FALSE(CheckVersion("v", std::string(20, '1')));
  for (const char* version : {"", "+1", "1 0"}) EXPECT_TRUE(CheckVersion("v", version)) << version;
  EXPECT_TRUE(CheckVersion("v", std::string(21, '1')));
}

TEST(CheckNotReserved, IgnoresCase) {
  for (const char* name : {"search", "Search", "BULK-IMPORT", "performance"}) {
    EXPECT_TRUE(CheckNotReserved("n", name)) << name;
  }
  for (const char* name : {"grep", "searches", "bulk_import"}) EXPECT_FALSE(CheckNotReserved("n", name)) << name;
}

TEST(IsShortText, TakesALineOfAtMostAHundredCharacters) {
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "\xC3\xA9";
  for (const std::string& text : {std::string("two words"), longest}) EXPECT_TRUE(IsShortText(text)) << text;
  for (const std::string& text : {std::string(), longest + "e", std::string("a\nb"), std::string("\xFF")}) {
    EXPECT_FALSE(IsShortText(text)) << text;
  }
}

TEST(NormalizeDefinition, FillsDefaultsAndClearsWhatTheServerSets) {
  v1::Tool tool;
  tool.set_tool_name("grep");
  tool.set_revision(5);
  tool.set_etag("x");
  tool.set_is_latest(true);
  tool.mutable_created_at()->set_seconds(1);
  tool.mutable_updated_at()->set_seconds(2);
  tool.mutable_defaults()->GetReflection()->MutableUnknownFields(tool.mutable_defaults())->AddVarint(99, 1);
  NormalizeDefinition(tool);
  v1::Tool expected;
  expected.set_tool_name("grep");
  expected.set_version("1.0");
  expected.set_status("active");
  expected.set_enabled(true);
  expected.mutable_defaults();
  EXPECT_EQ(SerializeDeterministically(tool), SerializeDeterministically(expected));
}

TEST(NormalizeDefinition, KeepsWhatIsGiven) {
  v1::Tool tool;
  tool.set_version("2");
  tool.set_status("draft");
  tool.set_enabled(false);
  NormalizeDefinition(tool);
  EXPECT_EQ(tool.version(), "2");
  EXPECT_EQ(tool.status(), "draft");
  EXPECT_FALSE(tool.enabled());
}

TEST(SerializeDeterministically, IgnoresTheOrderOfMaps) {
  for (int round = 0; round < 20; ++round) {
    google::protobuf::Struct forward, backward;
    for (int i = 0; i < 50; ++i) (*forward.mutable_fields())[std::to_string(i)].set_number_value(i);
    for (int i = 49; i >= 0; --i) (*backward.mutable_fields())[std::to_string(i)].set_number_value(i);
    EXPECT_EQ(SerializeDeterministically(forward), SerializeDeterministically(backward));
  }
}

}  // namespace
}  // namespace toolcatalog
