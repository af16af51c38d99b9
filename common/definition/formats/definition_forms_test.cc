// Definitions of other forms than the common one, as they arrive.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/definition/formats/definition_yaml.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/support/definition_testing.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// "path@line:column error" of each problem.
std::vector<std::string> Texts(const std::vector<v1::ImportProblem>& problems) {
  std::vector<std::string> texts;
  for (const v1::ImportProblem& problem : problems) {
    texts.push_back(absl::StrCat(problem.path(), "@", problem.line(), ":", problem.column(), " ", problem.error()));
  }
  return texts;
}

// The mappings among the warnings.
std::vector<std::string> Mappings(const ImportItem& item) {
  std::vector<std::string> mappings;
  for (const std::string& text : Texts(item.warnings)) {
    if (text.find(" read ") != text.npos || text.find(" taken") != text.npos) mappings.push_back(text);
  }
  return mappings;
}

v1::Tool Parse(const std::string& text) {
  v1::Tool tool;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &tool));
  return tool;
}

void ExpectEqual(const v1::Tool& tool, const std::string& expected) {
  EXPECT_EQ(tool.DebugString(), Parse(expected).DebugString());
}

constexpr char kHead[] = "version: '2'\ndescription: d\nplatform: linux\ncategory: system\n";
constexpr char kReadHead[] =
    "version: '2' description: 'd' platform: 'linux' category: 'system' status: 'active' enabled: true ";

TEST(MapDefinition, NameAndTagsMoveInSilence) {
  const auto items =
      ReadItems(absl::StrCat("name: t\n", kHead, "tags: [a, b]\nmetadata: {idempotent: true}\nmore: 1\n"));
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(Texts(items[0].errors), IsEmpty());
  EXPECT_THAT(Mappings(items[0]), IsEmpty());
  EXPECT_EQ(items[0].label, "t");
  ExpectEqual(items[0].tool, absl::StrCat("tool_name: 't' ", kReadHead, R"(
      metadata {
        fields { key: 'idempotent' value { bool_value: true } }
        fields { key: 'tags' value { list_value { values { string_value: 'a' } values { string_value: 'b' } } } }
      }
      extra { fields { key: 'more' value { number_value: 1 } } })"));
}

TEST(MapDefinition, TagsNeedNoMetadataAndReplaceNone) {
  const auto alone = ReadItems(absl::StrCat("name: t\n", kHead, "tags: [a]\n"));
  EXPECT_EQ(alone[0].tool.metadata().fields().at("tags").list_value().values_size(), 1);
  const auto both = ReadItems(absl::StrCat("name: t\n", kHead, "tags: [a]\nmetadata: {tags: [b, c]}\n"));
  EXPECT_EQ(both[0].tool.metadata().fields().at("tags").list_value().values_size(), 2);
  EXPECT_EQ(both[0].tool.extra().fields().at("tags").list_value().values_size(), 1);
}

TEST(MapDefinition, OneCapabilityBelowTool) {
  const auto items = ReadItems(R"(tool:
  name: T
  version: '2'
  description: d
  platform: linux
  category: system
  capability:
    name: c
    description: cd
  pattern:
    name: p
    description: pd
  inputs:
    - {name: i, required: true}
    - {name: j, required: false}
    - {name: k}
  policy:
    approval_required: true
    timeout_seconds: 300
    odd: 1
note: kept
)");
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(Texts(items[0].errors), IsEmpty());
  EXPECT_THAT(Mappings(items[0]),
              ElementsAre("@1:1 the fields below \"tool\" were read as the definition's own",
                          "tool_name@2:3 read from \"name\"", "capabilities@7:3 read from \"capability\"",
                          "capabilities[0].capability_name@8:5 read from \"name\"",
                          "capabilities[0].patterns@10:3 read from \"pattern\"",
                          "capabilities[0].patterns[0].pattern_name@11:5 read from \"name\"",
                          "capabilities[0].patterns[0].required_inputs@13:3 read from \"inputs\", as far as they are "
                          "required",
                          "capabilities[0].patterns[0].optional_inputs@13:3 read from \"inputs\", as far as they are "
                          "not required",
                          "capabilities[0].patterns[0].policy.requires_approval@18:5 read from \"approval_required\"",
                          "capabilities[0].patterns[0].policy.max_execution_time@19:5 read from \"timeout_seconds\""));
  ExpectEqual(items[0].tool, absl::StrCat("tool_name: 'T' ", kReadHead, R"(
      capabilities {
        capability_name: 'c' description: 'cd'
        patterns {
          pattern_name: 'p' description: 'pd'
          required_inputs { name: 'i' required: true }
          optional_inputs { name: 'j' required: false }
          optional_inputs { name: 'k' }
          policy {
            requires_approval: true max_execution_time: 300
            extra { fields { key: 'odd' value { number_value: 1 } } }
          }
        }
      }
      extra { fields { key: 'note' value { string_value: 'kept' } } })"));
}

TEST(MapDefinition, NamesAloneAndInputsByName) {
  const auto items = ReadItems(R"(tool:
  name: T
  version: '2'
  description: d
  platform: linux
  category: system
  capability: c
  inputs:
    i: {type: string, required: yes}
    j:
)");
  EXPECT_THAT(Texts(items[0].errors), IsEmpty());
  ExpectEqual(items[0].tool, absl::StrCat("tool_name: 'T' ", kReadHead, R"(
      capabilities {
        capability_name: 'c'
        patterns {
          pattern_name: 'c'
          required_inputs { name: 'i' type: 'string' required: true }
          optional_inputs { name: 'j' }
        }
      })"));
}

TEST(MapDefinition, PatternsOfTheOneCapability) {
  const auto items = ReadItems(absl::StrCat("name: t\n", kHead, "capability:\n  name: c\n  patterns:\n  - name: p\n"));
  EXPECT_THAT(Texts(items[0].errors), IsEmpty());
  EXPECT_EQ(items[0].tool.capabilities(0).patterns(0).pattern_name(), "p");
}

TEST(MapDefinition, ProblemsPointIntoTheText) {
  const auto items = ReadItems(R"(# A comment
tool:
  name: T
  description: d
  platform: lunix
  category: system
  capability: {name: c}
  pattern:
    name: p
  inputs:
    - name: a
      type: string
    - type: string
      required: true
  policy:
    timeout_seconds: soon
platform: linux
)");
  EXPECT_THAT(Texts(items[0].errors),
              ElementsAre("platform@17:1 must not be given in two places",
                          HasSubstr("capabilities[0].patterns[0].policy.max_execution_time@16:22 must be a number"),
                          HasSubstr("capabilities[0].patterns[0].required_inputs[0].name@13:7 is required")));
}

TEST(MapDefinition, NothingIsLostWhereTwoPlacesClash) {
  const auto items = ReadItems(R"(tool:
  name: T
  description: d
  platform: linux
  category: system
  capability: {name: c, patterns: [{name: p}]}
  pattern: {name: q}
)");
  EXPECT_THAT(Texts(items[0].errors), ElementsAre("capabilities[0].patterns@7:3 must not be given in two places"));
}

TEST(MapDefinition, HeadInTheMetadataAndCapabilitiesThatCall) {
  const auto items = ReadItems(R"(metadata:
  name: t
  version: '2'
  description: d
  platform: linux
  category: system
  tags: [a]
capabilities:
  - name: c
    description: cd
    parameters:
      - {name: i, required: true}
    http_request: {method: GET}
    response: {format: json}
    examples: [{input: 1}]
    note: kept
)");
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(Texts(items[0].errors), IsEmpty());
  EXPECT_THAT(Texts(items[0].warnings), Contains("tool_name@2:3 read from \"name\""));
  EXPECT_THAT(Texts(items[0].warnings),
              Contains("capabilities[0].patterns[0].pattern_name@9:11 not given; the capability's name was taken"));
  EXPECT_THAT(Texts(items[0].warnings),
              Contains("capabilities[0].patterns[0].api_parameters@13:5 read from \"http_request\""));
  ExpectEqual(items[0].tool, absl::StrCat("tool_name: 't' ", kReadHead, R"(
      metadata { fields { key: 'tags' value { list_value { values { string_value: 'a' } } } } }
      capabilities {
        capability_name: 'c' description: 'cd'
        patterns {
          pattern_name: 'c'
          required_inputs { name: 'i' required: true }
          api_parameters { fields { key: 'method' value { string_value: 'GET' } } }
          output { struct_value { fields { key: 'format' value { string_value: 'json' } } } }
          examples { struct_value { fields { key: 'input' value { number_value: 1 } } } }
        }
        extra { fields { key: 'note' value { string_value: 'kept' } } }
      })"));
}

TEST(MapDefinition, WhatDoesNotMapNamesItsPath) {
  const auto items = ReadItems(R"(metadata:
  name: t
  description: d
  category: unheard_of
capabilities:
  - name: c
    http_request: none
)");
  EXPECT_THAT(Texts(items[0].errors),
              ElementsAre("capabilities[0].patterns[0].api_parameters@7:19 must be a map, got \"none\"",
                          HasSubstr("platform@1:1 is required; allowed: "),
                          HasSubstr("category@4:13 unknown category \"unheard_of\"")));
}

TEST(MapProfile, GetsPlatformAndCategory) {
  const auto items =
      ReadItems("version: '1.1'\ntools:\n  a:\n    description: d\n    capabilities: {c: {patterns: {p: }}}\n");
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(Texts(items[0].errors), IsEmpty());
  EXPECT_EQ(Texts(items[0].warnings)[0], "\"version\"@1:1 ignored: it stands beside \"tools\" and belongs to no tool");
  EXPECT_THAT(Mappings(items[0]), ElementsAre("platform@4:5 not given by the profile; \"custom\" was taken",
                                              "category@4:5 not given by the profile; \"automation\" was taken"));
  EXPECT_EQ(items[0].tool.platform(), "custom");
  EXPECT_EQ(items[0].tool.capabilities(0).patterns(0).pattern_name(), "p");
}

TEST(MapProfile, LeavesToolsAsTheyAre) {
  const auto items = ReadItems("tools:\n  a:\n    description: d\n    platform: linux\n");
  EXPECT_THAT(Texts(items[0].errors), ElementsAre(HasSubstr("category@3:5 is required")));
}

TEST(MapDefinition, ManyFieldsOnBothSidesOfAToolAreReadInLinearTime) {
  std::string tool = "tool:\n  name: t\n", beside;
  for (int i = 0; i < 20000; ++i) {
    absl::StrAppend(&tool, "  a", i, ": 1\n");
    absl::StrAppend(&beside, "b", i, ": 1\n");
  }
  const absl::Time start = absl::Now();
  const auto items = ReadItems(absl::StrCat(tool, beside));
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  ASSERT_THAT(items, SizeIs(1));
}

}  // namespace
}  // namespace toolcatalog
