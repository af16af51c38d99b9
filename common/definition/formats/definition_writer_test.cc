#include "common/definition/formats/definition_writer.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/definition/definition.h"
#include "common/definition/formats/definition_yaml.h"
#include "common/definition/validation/definition_validator.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/support/definition_generator.h"
#include "tests/support/definition_testing.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::Struct;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Write(const v1::Tool& tool) {
  DefinitionWriter writer;
  writer.Add(tool);
  return writer.Take();
}

// Writes and reads the tool and returns its YAML.
std::string RoundTrip(const v1::Tool& tool) {
  const std::string yaml = Write(tool);
  const std::vector<ImportItem> items = ReadItems(yaml);
  EXPECT_THAT(items, SizeIs(1)) << yaml;
  if (items.size() != 1) return yaml;
  for (const v1::ImportProblem& error : items[0].errors) ADD_FAILURE() << error.ShortDebugString() << "\n" << yaml;
  EXPECT_TRUE(SerializeDeterministically(items[0].tool) == SerializeDeterministically(tool))
      << yaml << "\nwas read as\n"
      << items[0].tool.DebugString() << "\ninstead of\n"
      << tool.DebugString();
  return yaml;
}

v1::Tool SmallTool() {
  v1::Tool tool;
  tool.set_tool_name("t");
  tool.set_description("d");
  tool.set_platform("linux");
  tool.set_category("system");
  NormalizeDefinition(tool);
  return tool;
}

v1::Tool Parse(const std::string& text) {
  v1::Tool tool = SmallTool();
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(text, &tool));
  return tool;
}

constexpr char kSmallYaml[] =
    "---\ntool_name: t\nversion: \"1.0\"\ndescription: d\nplatform: linux\ncategory: system\nstatus: active\n"
    "enabled: true\n";

TEST(DefinitionWriter, WritesTheCommonForm) {
  const v1::Tool tool = Parse(R"(
      defaults { freshness: 'live' extra { fields { key: 'protocol' value { string_value: 'http' } } } }
      dependencies { name: 'sudo' type: 'binary' required: false }
      dependencies { name: 'x' type: 'service' }
      capabilities {
        capability_name: 'c: d'
        description: 'Two\nlines.\n'
        patterns {
          pattern_name: 'p' typical_use_cases: 'list all' typical_use_cases: '' complexity_score: 0.25
          policy { requires_approval: true max_cost: 0 }
          required_inputs { name: 'i' validation: '^\\d+$' default { null_value: NULL_VALUE } }
        }
      }
      capabilities { capability_name: 'e' }
      extra { fields { key: 'zone' value { list_value {} } } fields { key: 'a' value { number_value: 3 } } })");
  EXPECT_EQ(RoundTrip(tool), absl::StrCat(kSmallYaml, R"(defaults:
  freshness: live
  protocol: http
dependencies:
  - name: sudo
    type: binary
    required: false
  - name: x
    type: service
capabilities:
  "c: d":
    description: |
      Two
      lines.
    patterns:
      p:
        typical_use_cases:
          - list all
          - ""
        complexity_score: 0.25
        policy:
          max_cost: 0
          requires_approval: true
        required_inputs:
          - name: i
            validation: '^\d+$'
            default: null
  e: {}
a: 3
zone: []
)"));
}

TEST(DefinitionWriter, LeavesOutWhatTheServerSets) {
  v1::Tool tool = SmallTool();
  tool.set_revision(5);
  tool.set_etag("5-abc");
  tool.set_is_latest(true);
  tool.mutable_created_at()->set_seconds(1);
  tool.mutable_updated_at()->set_seconds(2);
  tool.set_created_by("ann");
  EXPECT_EQ(Write(tool), absl::StrCat(kSmallYaml, "created_by: ann\n"));
}

TEST(DefinitionWriter, WritesLifeCycleFields) {
  const v1::Tool tool = Parse(
      "status: 'deprecated' status_reason: 'old' replacement: 'u' "
      "sunset_at { seconds: 1896091200 nanos: 500000000 }");
  EXPECT_THAT(RoundTrip(tool),
              HasSubstr("status_reason: old\nreplacement: u\nsunset_at: \"2030-01-31T12:00:00.500Z\"\n"));
}

TEST(DefinitionWriter, KeysThatNameAFieldStandInABlock) {
  const std::string yaml = RoundTrip(Parse(R"(
      extra {
        fields { key: 'revision' value { number_value: 7 } }
        fields { key: 'extra' value { struct_value {} } }
        fields { key: 'other' value { string_value: 'x' } }
      })"));
  EXPECT_EQ(yaml, absl::StrCat(kSmallYaml, "extra:\n  extra: {}\n  other: x\n  revision: 7\n"));
}

TEST(DefinitionWriter, EmptyMessagesStayPresent) {
  RoundTrip(
      Parse("defaults {} metadata {} extra {} dependencies { name: 'n' type: 't' extra {} } examples {} "
            "examples { inputs {} } capabilities { capability_name: 'c' patterns { pattern_name: 'p' policy {} "
            "preference_match { extra {} } api_parameters {} output { null_value: NULL_VALUE } } }"));
}

TEST(DefinitionWriter, AwkwardTexts) {
  const std::vector<std::string> texts = {"",
                                          " ",
                                          "  a",
                                          "a ",
                                          "\t",
                                          "a\tb",
                                          "\r",
                                          "a\r\nb",
                                          "\n",
                                          "\n\n",
                                          "a\n",
                                          "a\n\n",
                                          "a\n\nb",
                                          "a\n  b\n",
                                          " a\nb",
                                          "a \nb",
                                          "a\n ",
                                          "a\nb ",
                                          "\na",
                                          "null",
                                          "Null",
                                          "~",
                                          "true",
                                          "FALSE",
                                          "yes",
                                          "No",
                                          "on",
                                          "y",
                                          "1",
                                          "1.0",
                                          "-1",
                                          "+1",
                                          "1e5",
                                          ".5",
                                          "0x1F",
                                          "0o7",
                                          ".inf",
                                          "-.Inf",
                                          ".nan",
                                          "2024-01-01",
                                          "12:30:00",
                                          "1_000",
                                          "a: b",
                                          "a:",
                                          "a:b",
                                          ":",
                                          "a #b",
                                          "#",
                                          "a#b",
                                          "- a",
                                          "-",
                                          "--- a",
                                          "---",
                                          "...",
                                          "? a",
                                          "?",
                                          "!a",
                                          "!!str a",
                                          "&a",
                                          "*a",
                                          "|",
                                          ">",
                                          "%YAML 1.2",
                                          "%",
                                          "@a",
                                          "`a`",
                                          "{a}",
                                          "[a]",
                                          "a, b",
                                          "]",
                                          "}",
                                          "'",
                                          "''",
                                          "'a'",
                                          "\"",
                                          "\"a\"",
                                          "a\"b'c",
                                          "\\",
                                          "\\n",
                                          "a\\",
                                          "^[\\w\"']+$",
                                          "<<",
                                          "=",
                                          "é",
                                          "日本語",
                                          "😀",
                                          "a\u00A0",
                                          "\u2028",
                                          "a\u2029",
                                          "\uFEFF",
                                          "\uFEFFa",
                                          "\u202Ea",
                                          "\uFFFE",
                                          "\uD7FF",
                                          "\U0010FFFF",
                                          "x: |\n  y\n",
                                          "# a\nb\n",
                                          "--- a\n---\n",
                                          "a\n...\nb",
                                          "a\n# b",
                                          "%a\nb",
                                          "|\n a",
                                          "a\n\tb",
                                          "\ta\nb",
                                          "key:\n- a\n",
                                          "tool_name: x\n",
                                          "no\n",
                                          "a\u0300\nb",
                                          std::string(3000, 'a'),
                                          std::string(3000, '"'),
                                          std::string(2000, '\n')};
  v1::Tool tool = SmallTool();
  Struct& all = *tool.mutable_extra();
  auto& list = *(*tool.mutable_metadata()->mutable_fields())["texts"].mutable_list_value();
  for (const std::string& text : texts) {
    list.add_values()->set_string_value(text);
    (*all.mutable_fields())[text].set_string_value(text);
    (*(*all.mutable_fields())["below"].mutable_struct_value()->mutable_fields())[text].mutable_list_value();
    (*list.add_values()->mutable_struct_value()->mutable_fields())[text].set_string_value(text);
  }
  RoundTrip(tool);
}

TEST(DefinitionWriter, NumbersReadBackExactly) {
  const std::vector<double> numbers = {0,
                                       -0.0,
                                       1,
                                       -1,
                                       0.1,
                                       1.0 / 3,
                                       1e21,
                                       1e-7,
                                       9007199254740991,
                                       9007199254740992,
                                       9007199254740994,
                                       123456789012345680000.0,
                                       1e300,
                                       std::numeric_limits<double>::max(),
                                       std::numeric_limits<double>::lowest(),
                                       std::numeric_limits<double>::min(),
                                       std::numeric_limits<double>::denorm_min()};
  v1::Tool tool = SmallTool();
  auto& list = *(*tool.mutable_metadata()->mutable_fields())["n"].mutable_list_value();
  for (const double number : numbers) list.add_values()->set_number_value(number);
  tool.add_examples()->set_expected_cost(1e300);
  tool.add_examples()->set_expected_time_ms(-0.0);
  RoundTrip(tool);
}

TEST(DefinitionWriter, LargestText) {
  for (const char* unit : {"a", "\n", "\"", "'", "'\"", "\\\"'", "\t", "\u2028", "a\n"}) {
    v1::Tool tool = SmallTool();
    std::string& text = *(*tool.mutable_metadata()->mutable_fields())["t"].mutable_string_value();
    while (text.size() < 262'000) text += unit;
    RoundTrip(tool);
  }
}

TEST(DefinitionWriter, EveryValidToolReadsBack) {
  const DefinitionValidator validator(DefaultVocabulary());
  DefinitionGenerator generator(20240607);
  int valid = 0;
  for (int i = 0; i < 2000 && !HasFailure(); ++i) {
    const v1::Tool tool = generator.Next();
    if (!validator.Validate(tool).empty()) continue;
    ++valid;
    RoundTrip(tool);
  }
  EXPECT_GT(valid, 1500);
}

TEST(DefinitionWriter, ManyDocumentsAreOneText) {
  DefinitionGenerator generator(7);
  DefinitionWriter writer;
  std::vector<v1::Tool> tools;
  const DefinitionValidator validator(DefaultVocabulary());
  while (tools.size() < 500) {
    v1::Tool tool = generator.Next();
    if (!validator.Validate(tool).empty()) continue;
    tool.set_tool_name(absl::StrCat("tool-", tools.size()));
    tools.push_back(tool);
  }
  absl::Duration writing = absl::ZeroDuration();
  for (const v1::Tool& tool : tools) {
    const absl::Time start = absl::Now();
    writer.Add(tool);
    writing += absl::Now() - start;
  }
  RecordProperty("bytes", static_cast<int>(writer.size()));
  RecordProperty("write_us", static_cast<int>(absl::ToInt64Microseconds(writing)));
  const std::vector<ImportItem> items = ReadItems(writer.Take());
  ASSERT_THAT(items, SizeIs(tools.size()));
  for (size_t i = 0; i < tools.size(); ++i) {
    EXPECT_THAT(items[i].errors, IsEmpty());
    EXPECT_EQ(SerializeDeterministically(items[i].tool), SerializeDeterministically(tools[i]));
  }
  EXPECT_THAT(writer.Take(), IsEmpty());
}

}  // namespace
}  // namespace toolcatalog
