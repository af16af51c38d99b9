#include "common/definition/formats/definition_json.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/definition/definition.h"
#include "common/definition/formats/definition_yaml.h"
#include "common/definition/validation/definition_validator.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "tests/support/definition_generator.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

v1::Tool Parse(const std::string& text) {
  v1::Tool tool;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &tool));
  NormalizeDefinition(tool);
  return tool;
}

TEST(DefinitionToJson, ReadsBackAndHasNoServerFields) {
  v1::Tool tool = Parse("capabilities { capability_name: 'c' } metadata {}");
  const v1::Tool plain = tool;
  tool.set_revision(5);
  tool.set_etag("x");
  tool.set_is_latest(true);
  tool.mutable_updated_at()->set_seconds(2);
  const std::string json = DefinitionToJson(tool);
  EXPECT_THAT(json, HasSubstr("\"capability_name\":\"c\""));
  v1::Tool back;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &back).ok()) << json;
  EXPECT_EQ(SerializeDeterministically(back), SerializeDeterministically(plain));
}

TEST(DefinitionToJson, EveryValidToolReadsBack) {
  const DefinitionValidator validator(DefaultVocabulary());
  DefinitionGenerator generator(4711);
  std::vector<v1::Tool> tools;
  std::string json;
  while (json.size() < 2'000'000) {
    v1::Tool tool = generator.Next();
    if (!validator.Validate(tool).empty()) continue;
    tool.set_tool_name(absl::StrCat("tool-", tools.size()));
    absl::StrAppend(&json, json.empty() ? "[\n" : ",\n", DefinitionToJson(tool));
    tools.push_back(tool);
  }
  std::vector<ImportItem> items;
  const absl::Status status = ReadDefinitions(absl::StrCat(json, "\n]\n"), validator, [&](ImportItem item) {
    items.push_back(std::move(item));
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_THAT(items, SizeIs(tools.size()));
  for (size_t i = 0; i < tools.size(); ++i) {
    for (const v1::ImportProblem& error : items[i].errors) ADD_FAILURE() << error.ShortDebugString();
    EXPECT_EQ(items[i].tool.DebugString(), tools[i].DebugString());
  }
}

TEST(DefinitionToJson, EqualToolsGiveEqualText) {
  const std::string text =
      "tool_name: 't' metadata { fields { key: 'b' value { number_value: 2 } } fields { key: 'a' value { "
      "bool_value: true } } fields { key: 'c' value { null_value: NULL_VALUE } } }";
  EXPECT_EQ(DefinitionToJson(Parse(text)),
            "{\"tool_name\":\"t\",\"version\":\"1.0\",\"status\":\"active\",\"enabled\":true,"
            "\"metadata\":{\"a\":true,\"b\":2.0,\"c\":null}}");
}

TEST(DefinitionToJson, TextThatIsNotUtf8DoesNotThrow) {
  v1::Tool tool = Parse("tool_name: 't'");
  tool.set_description("half a character: \xC3");
  EXPECT_THAT(DefinitionToJson(tool), ::testing::HasSubstr("half a character: \xEF\xBF\xBD\""));
}

}  // namespace
}  // namespace toolcatalog
