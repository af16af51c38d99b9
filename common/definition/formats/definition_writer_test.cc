#include "common/definition/formats/definition_writer.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/definition/definition.h"
#include "common/definition/formats/definition_writer_fixture.h"
#include "common/definition/formats/definition_yaml.h"
#include "common/definition/validation/definition_validator.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/definition_generator.h"
#include "tests/support/definition_testing.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using DefinitionWriterTest = DefinitionWriterFixture;

constexpr char kSmallYaml[] =
    "---\ntool_name: t\nversion: \"1.0\"\ndescription: d\nplatform: linux\ncategory: system\nstatus: active\n"
    "enabled: true\n";

TEST_F(DefinitionWriterTest, WritesTheCommonForm) {
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

TEST_F(DefinitionWriterTest, LeavesOutWhatTheServerSets) {
  v1::Tool tool = SmallTool();
  tool.set_revision(5);
  tool.set_etag("5-abc");
  tool.set_is_latest(true);
  tool.mutable_created_at()->set_seconds(1);
  tool.mutable_updated_at()->set_seconds(2);
  tool.set_created_by("ann");
  EXPECT_EQ(Write(tool), absl::StrCat(kSmallYaml, "created_by: ann\n"));
}

TEST_F(DefinitionWriterTest, WritesLifeCycleFields) {
  const v1::Tool tool = Parse(
      "status: 'deprecated' status_reason: 'old' replacement: 'u' "
      "sunset_at { seconds: 1896091200 nanos: 500000000 }");
  EXPECT_THAT(RoundTrip(tool),
              HasSubstr("status_reason: old\nreplacement: u\nsunset_at: \"2030-01-31T12:00:00.500Z\"\n"));
}

TEST_F(DefinitionWriterTest, KeysThatNameAFieldStandInABlock) {
  const std::string yaml = RoundTrip(Parse(R"(
      extra {
        fields { key: 'revision' value { number_value: 7 } }
        fields { key: 'extra' value { struct_value {} } }
        fields { key: 'other' value { string_value: 'x' } }
      })"));
  EXPECT_EQ(yaml, absl::StrCat(kSmallYaml, "extra:\n  extra: {}\n  other: x\n  revision: 7\n"));
}

TEST_F(DefinitionWriterTest, EmptyMessagesStayPresent) {
  RoundTrip(
      Parse("defaults {} metadata {} extra {} dependencies { name: 'n' type: 't' extra {} } examples {} "
            "examples { inputs {} } capabilities { capability_name: 'c' patterns { pattern_name: 'p' policy {} "
            "preference_match { extra {} } api_parameters {} output { null_value: NULL_VALUE } } }"));
}

TEST_F(DefinitionWriterTest, EveryValidToolReadsBack) {
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

TEST_F(DefinitionWriterTest, ManyDocumentsAreOneText) {
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
