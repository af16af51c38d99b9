#include "common/definition/formats/definition_yaml.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/definition_testing.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kHead[] = "description: d\nplatform: linux\ncategory: system\n";

// "path@line:column error" of each problem.
std::vector<std::string> Texts(const std::vector<v1::ImportProblem>& problems) {
  std::vector<std::string> texts;
  for (const v1::ImportProblem& problem : problems) {
    texts.push_back(absl::StrCat(problem.path(), "@", problem.line(), ":", problem.column(), " ", problem.error()));
  }
  return texts;
}

// The one definition of `yaml`, which must have no errors.
v1::Tool ReadTool(absl::string_view yaml) {
  const std::vector<ImportItem> items = ReadItems(yaml);
  EXPECT_THAT(items, SizeIs(1));
  if (items.empty()) return {};
  EXPECT_THAT(Texts(items[0].errors), IsEmpty());
  return items[0].tool;
}

v1::Tool ReadBody(absl::string_view body) { return ReadTool(absl::StrCat("tool_name: t\n", kHead, body)); }

// Errors of a definition whose body begins on line 5.
std::vector<std::string> BodyErrors(absl::string_view body) {
  return Texts(ReadItems(absl::StrCat("tool_name: t\n", kHead, body)).at(0).errors);
}

std::vector<std::string> Labels(absl::string_view yaml) {
  std::vector<std::string> labels;
  for (const ImportItem& item : ReadItems(yaml)) {
    labels.push_back(absl::StrCat(item.label, "@", item.line, item.errors.empty() ? "" : " failed"));
  }
  return labels;
}

TEST(ReadDefinitions, ReadsMapsByName) {
  const v1::Tool tool = ReadBody(R"(
capabilities:
  second_by_name:
    description: c
    patterns:
      z: {complexity_score: 0.5, preference_match: {speed: "0.8"}}
      a: {pattern_name: a, policy: {max_cost: 5, requires_approval: yes, production_safe: "TRUE", max_N_immediate: 3}}
  first_by_name:
)");
  EXPECT_EQ(tool.version(), "1.0");
  EXPECT_EQ(tool.status(), "active");
  EXPECT_TRUE(tool.enabled());
  ASSERT_EQ(tool.capabilities_size(), 2);
  EXPECT_EQ(tool.capabilities(0).capability_name(), "second_by_name");
  EXPECT_EQ(tool.capabilities(1).capability_name(), "first_by_name");
  ASSERT_EQ(tool.capabilities(0).patterns_size(), 2);
  const v1::Pattern& z = tool.capabilities(0).patterns(0);
  EXPECT_EQ(z.pattern_name(), "z");
  EXPECT_EQ(z.complexity_score(), 0.5);
  EXPECT_EQ(z.preference_match().speed(), 0.8);
  const v1::Policy& policy = tool.capabilities(0).patterns(1).policy();
  EXPECT_EQ(policy.max_cost(), 5);
  EXPECT_TRUE(policy.requires_approval());
  EXPECT_TRUE(policy.production_safe());
  EXPECT_EQ(policy.max_n_immediate(), 3);
  EXPECT_FALSE(policy.has_max_execution_time());
}

TEST(ReadDefinitions, ReadsLists) {
  const v1::Tool tool = ReadBody(R"(
capabilities:
- capability_name: c
  patterns:
  - pattern_name: p
    time_estimate_ms: 200
    cost_estimate: "1 + N"
    required_inputs:
    - {name: host, type: string, required: false, default: null, examples: [a, 1, true, {b: [2]}]}
)");
  const v1::Pattern& pattern = tool.capabilities(0).patterns(0);
  EXPECT_EQ(pattern.pattern_name(), "p");
  EXPECT_EQ(pattern.time_estimate_ms(), "200");
  EXPECT_EQ(pattern.cost_estimate(), "1 + N");
  const v1::Parameter& input = pattern.required_inputs(0);
  EXPECT_TRUE(input.has_required());
  EXPECT_FALSE(input.required());
  EXPECT_TRUE(input.default_().has_null_value());
  ASSERT_EQ(input.examples_size(), 4);
  EXPECT_EQ(input.examples(0).string_value(), "a");
  EXPECT_EQ(input.examples(1).number_value(), 1);
  EXPECT_TRUE(input.examples(2).bool_value());
  EXPECT_EQ(input.examples(3).struct_value().fields().at("b").list_value().values(0).number_value(), 2);
}

TEST(ReadDefinitions, TextFieldsKeepTheSpelling) {
  EXPECT_EQ(ReadBody("version: 1.10\n").version(), "1.10");
  EXPECT_EQ(ReadBody("execution_location: true\n").execution_location(), "true");
  EXPECT_EQ(ReadTool("tool_name: 7z\ndescription: 0x10\nplatform: linux\ncategory: system\n").description(), "0x10");
}

TEST(ReadDefinitions, NullMeansAbsent) {
  const v1::Tool tool = ReadBody("version: ~\nenabled: null\ndefaults:\ncapabilities:\nmetadata:\nexamples: ~\n");
  EXPECT_EQ(tool.version(), "1.0");
  EXPECT_TRUE(tool.enabled());
  EXPECT_FALSE(tool.has_defaults());
  EXPECT_FALSE(tool.has_metadata());
}

TEST(ReadDefinitions, KeepsUnknownKeysAtTheirLevel) {
  const v1::Tool tool = ReadBody(R"(
owner: ops
limits: [1, {soft: yes}]
nothing: null
defaults: {protocol: http}
capabilities:
  c:
    tier: gold
    patterns:
      p:
        output_schema: {type: object}
        policy: {quota: 7}
        preference_match: {safety: 0.5}
        required_inputs: [{name: n, unit: ms}]
dependencies: [{name: d, type: package, url: x}]
examples: [{name: e, expected_output: {ok: true}}]
)");
  const auto& extra = tool.extra().fields();
  EXPECT_EQ(extra.size(), 3u);
  EXPECT_EQ(extra.at("owner").string_value(), "ops");
  EXPECT_EQ(extra.at("limits").list_value().values(1).struct_value().fields().at("soft").string_value(), "yes");
  EXPECT_TRUE(extra.at("nothing").has_null_value());
  EXPECT_EQ(tool.defaults().extra().fields().at("protocol").string_value(), "http");
  EXPECT_EQ(tool.capabilities(0).extra().fields().at("tier").string_value(), "gold");
  const v1::Pattern& pattern = tool.capabilities(0).patterns(0);
  EXPECT_TRUE(pattern.extra().fields().contains("output_schema"));
  EXPECT_EQ(pattern.policy().extra().fields().at("quota").number_value(), 7);
  EXPECT_EQ(pattern.preference_match().extra().fields().at("safety").number_value(), 0.5);
  EXPECT_EQ(pattern.required_inputs(0).extra().fields().at("unit").string_value(), "ms");
  EXPECT_EQ(tool.dependencies(0).extra().fields().at("url").string_value(), "x");
  EXPECT_TRUE(tool.examples(0).extra().fields().at("expected_output").has_struct_value());
}

TEST(ReadDefinitions, ExtraIsTheFieldItself) {
  EXPECT_EQ(ReadBody("extra: {a: 1}\nb: 2\n").extra().fields().size(), 2u);
  EXPECT_THAT(BodyErrors("a: 1\nextra: {a: 2}\n"),
              ElementsAre("extra.a@6:9 must not be given both in \"extra\" and beside it"));
  EXPECT_THAT(BodyErrors("extra: [1]\n"), ElementsAre("extra@5:8 must be a map, got a list"));
}

TEST(ReadDefinitions, FreeValuesFollowTheCoreSchema) {
  const auto fields =
      ReadBody("metadata: {n: ~, t: True, y: yes, i: 0x10, f: 1.5e3, d: 2025-01-15, q: '5', v: 1.2.3}\n")
          .metadata()
          .fields();
  EXPECT_TRUE(fields.at("n").has_null_value());
  EXPECT_TRUE(fields.at("t").bool_value());
  EXPECT_EQ(fields.at("y").string_value(), "yes");
  EXPECT_EQ(fields.at("i").number_value(), 16);
  EXPECT_EQ(fields.at("f").number_value(), 1500);
  EXPECT_EQ(fields.at("d").string_value(), "2025-01-15");
  EXPECT_EQ(fields.at("q").string_value(), "5");
  EXPECT_EQ(fields.at("v").string_value(), "1.2.3");
}

TEST(ReadDefinitions, RefusesNumbersThatWouldChange) {
  EXPECT_THAT(BodyErrors("metadata:\n  id: 9007199254740993\n  x: [.nan]\n"),
              ElementsAre("metadata.id@6:7 must be an integer that a double holds exactly (quote it to keep it as "
                          "text), got \"9007199254740993\"",
                          "metadata.x[0]@7:7 must be a finite number, got \".nan\""));
}

TEST(ReadDefinitions, WarnsOfWhatIsReadDifferently) {
  const std::vector<ImportItem> items =
      ReadItems(absl::StrCat("tool_name: t\n", kHead, "metadata: {mode: 0755}\nrevision: 5\ncreated_at: x\n"));
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(Texts(items[0].errors), IsEmpty());
  EXPECT_THAT(Texts(items[0].warnings),
              ElementsAre("metadata.mode@5:18 \"0755\" was read as the number 755; quote it to keep it as text",
                          "revision@6:1 ignored: the server sets this field",
                          "created_at@7:1 ignored: the server sets this field"));
}

TEST(ReadDefinitions, TypeErrorsNamePathPositionRuleAndValue) {
  const char kPattern[] = "capabilities[0].patterns[0]";
  EXPECT_THAT(
      BodyErrors(R"(capabilities:
  c:
    patterns:
      p:
        complexity_score: <0.0-1.0>
        limitations: one
        typical_use_cases: [a, ~, [b]]
        policy: {requires_approval: maybe, max_cost: []}
        required_inputs: {host: string}
dependencies: [text]
)"),
      ElementsAre(absl::StrCat(kPattern, ".complexity_score@9:27 must be a number, got \"<0.0-1.0>\""),
                  absl::StrCat(kPattern, ".limitations@10:22 must be a list, got \"one\""),
                  absl::StrCat(kPattern, ".typical_use_cases[1]@11:32 must be text, got null"),
                  absl::StrCat(kPattern, ".typical_use_cases[2]@11:35 must be text, got a list"),
                  absl::StrCat(kPattern, ".policy.requires_approval@12:37 must be true or false, got \"maybe\""),
                  absl::StrCat(kPattern, ".policy.max_cost@12:54 must be a number, got a list"),
                  absl::StrCat(kPattern, ".required_inputs@13:26 must be a list, got a map"),
                  "dependencies[0]@14:16 must be a map, got \"text\""));
}

TEST(ReadDefinitions, RefusesOtherNameThanTheKey) {
  EXPECT_THAT(
      BodyErrors("capabilities: {c: {patterns: {p: {pattern_name: q}}}}\n"),
      ElementsAre("capabilities[0].patterns[0].pattern_name@5:49 must be the key of its map, \"p\", got \"q\""));
}

TEST(ReadDefinitions, LocatesWhatTheValidatorFinds) {
  EXPECT_THAT(BodyErrors("capabilities:\n  c:\n    patterns:\n    - pattern_name: p\n      preference_match:\n"
                         "        speed: 7\n    - description: d\nodd: {a.b: [1, [[[[[1]]]]]]}\n"),
              ElementsAre("capabilities[0].patterns[0].preference_match.speed@10:16 must be from 0 to 1, got 7",
                          "capabilities[0].patterns[1].pattern_name@11:7 is required",
                          "extra.odd.a.b[1][0][0]@12:18 must nest at most 5 levels, got more"));
  EXPECT_THAT(Texts(ReadItems("tool_name: Search\ndescription: d\nplatform: amiga\n").at(0).errors),
              ElementsAre(HasSubstr("platform@3:11 unknown platform \"amiga\"; allowed: linux"),
                          HasSubstr("category@1:1 is required; allowed: "),
                          "tool_name@1:12 must not be a reserved name, got \"Search\""));
}

TEST(ReadDefinitions, LocatesCharactersThatJsonEscapesHide) {
  const std::string json =
      "{\"tool_name\": \"t\", \"platform\": \"linux\", \"category\": \"system\",\n \"description\": \"a\\u0000b\"}";
  EXPECT_THAT(
      Texts(ReadItems(json).at(0).errors),
      ElementsAre(HasSubstr("description@2:17 must hold no control characters but tab and line ends, got U+0000")));
}

TEST(ReadDefinitions, ReadsEveryArrangement) {
  const std::string one = "{tool_name: a, description: d, platform: linux, category: system}";
  const std::string two = "{tool_name: b, description: d, platform: linux, category: system}";
  const std::string nameless = "{description: d, platform: linux, category: system}";
  EXPECT_THAT(Labels(one), ElementsAre("a@1"));
  EXPECT_THAT(Labels("- " + one + "\n- " + two + "\n- 5\n"), ElementsAre("a@1", "b@2", "document 1, item 3@3 failed"));
  EXPECT_THAT(Labels("tools:\n- " + one + "\n- " + two), ElementsAre("a@2", "b@3"));
  EXPECT_THAT(Labels("tools:\n  x: " + nameless + "\n  a: " + one + "\n  y: " + one),
              ElementsAre("x@2", "a@3", "a@4 failed"));
  EXPECT_THAT(Labels("---\n" + one + "\n---\n---\n" + nameless + "\n---\n- " + two),
              ElementsAre("a@2", "document 3@5 failed", "b@7"));
  EXPECT_THAT(Labels("tools: []\n"), IsEmpty());
  EXPECT_THAT(Labels("just text"), ElementsAre("document 1@1 failed"));
}

TEST(ReadDefinitions, WarnsOfKeysBesideTools) {
  const std::vector<ImportItem> items = ReadItems(absl::StrCat(
      "version: 1\ntools: [{tool_name: a, description: d, platform: linux, category: system}, 5]\nx: 1\n"));
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_THAT(Texts(items[0].warnings), ElementsAre(HasSubstr("\"version\"@1:1 ignored"), HasSubstr("\"x\"@3:1")));
  EXPECT_THAT(items[1].warnings, IsEmpty());
}

TEST(ReadDefinitions, RefusesTheSameNameAndVersionTwice) {
  const std::vector<ImportItem> items =
      ReadItems(absl::StrCat("tool_name: Ping\n", kHead, "---\ntool_name: pING\nversion: 1.0\n", kHead,
                             "---\ntool_name: ping\nversion: 2.0\n", kHead));
  ASSERT_THAT(items, SizeIs(3));
  EXPECT_THAT(items[0].errors, IsEmpty());
  EXPECT_THAT(Texts(items[1].errors),
              ElementsAre("tool_name@6:12 the text has \"pING\" version \"1.0\" twice, on line 1 and on line 6"));
  EXPECT_THAT(items[2].errors, IsEmpty());
}

TEST(ReadDefinitions, MissingNameIsOneError) {
  EXPECT_THAT(Texts(ReadItems("a: b\ntool: c\nmetadata: {d: e}\n").at(0).errors),
              ElementsAre("tool_name@1:1 is required; nor is there a name, tool.name or metadata.name"));
}

TEST(ReadDefinitions, ReadsTimes) {
  EXPECT_EQ(ReadBody("sunset_at: 2030-01-31T14:00:00.5+02:00\n").sunset_at().DebugString(),
            "seconds: 1896091200\nnanos: 500000000\n");
  EXPECT_THAT(BodyErrors("sunset_at: soon\n"),
              ElementsAre("sunset_at@5:12 must be a time as in RFC 3339, for example \"2030-01-31T12:00:00Z\", got "
                          "\"soon\""));
  // Its time zone carries it into the year 10000.
  EXPECT_THAT(BodyErrors("sunset_at: 9999-12-31T23:59:59-12:00\n"),
              ElementsAre(HasSubstr("sunset_at@5:12 must be a time as in RFC 3339")));
  EXPECT_THAT(BodyErrors("sunset_at: {}\n"), ElementsAre(HasSubstr("sunset_at@5:12 must be a time as in RFC 3339")));
}

TEST(ReadDefinitions, BoundsADefinitionBeforeReadingIt) {
  std::string values = "x: [";
  for (size_t i = 0; i <= kMaxDefinitionBytes; ++i) absl::StrAppend(&values, "1,", i % 1000 == 0 ? "\n " : "");
  EXPECT_THAT(BodyErrors(values + "]\n"), ElementsAre(HasSubstr("at most 262144 bytes, got far more")));
  std::string lines = "x: |\n";
  for (int i = 0; i < 20'000; ++i) absl::StrAppend(&lines, "  some text to fill it\n");
  EXPECT_THAT(BodyErrors(lines), ElementsAre(HasSubstr("definition must have at most 262144 bytes, got 4")));
}

TEST(ReadDefinitions, AdviceIsApartFromWhatReadingWarnsOf) {
  const auto advice = [](absl::string_view body) {
    return ReadItems(absl::StrCat("tool_name: t\n", kHead, body)).at(0);
  };
  const ImportItem whole = advice("capabilities:\n  c:\n    patterns: {p: {time_estimate_ms: 5 * bananas}}\n");
  EXPECT_THAT(whole.errors, IsEmpty());
  EXPECT_THAT(whole.warnings, IsEmpty());
  EXPECT_THAT(Texts(whole.advice),
              ElementsAre(HasSubstr("capabilities[0].patterns[0].time_estimate_ms@7:38 should have variables")));
  EXPECT_THAT(Texts(advice("").advice), ElementsAre(HasSubstr("capabilities@1:1 should have a capability")));
  EXPECT_THAT(advice("capabilities: none\n").advice, IsEmpty()) << "they could not be read, which is an error";
}

TEST(ReadDefinitions, UnreadableTextIsOneErrorOfTheField) {
  const DefinitionValidator validator(DefaultVocabulary());
  const auto error = [&](absl::string_view yaml) {
    return ReadDefinitions(yaml, validator, [](const ImportItem&) { return absl::OkStatus(); });
  };
  EXPECT_EQ(error("a: [1,\n").message(), "yaml_content: line 2, column 1: end of sequence flow not found");
  EXPECT_EQ(error("{\"description\":\"cut \\ud83d\"}").message(),
            "yaml_content: line 1, column 21: \"\\ud83d\" is half of a surrogate pair; a character needs both halves");
  EXPECT_EQ(error("").message(), "yaml_content: must hold a tool definition, got none");
  EXPECT_EQ(error("# nothing\n---\n").message(), "yaml_content: must hold a tool definition, got none");
  EXPECT_EQ(error("a: \xFF\n").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error(std::string(kMaxImportBytes + 1, '\n')).message(),
            "yaml_content: must have at most 67108864 bytes, got 67108865");
}

TEST(ReadDefinitions, ReturnsTheFailureOfTheSink) {
  const DefinitionValidator validator(DefaultVocabulary());
  EXPECT_EQ(ReadDefinitions("- a\n- b\n", validator, [](const ImportItem&) { return absl::CancelledError("enough"); }),
            absl::CancelledError("enough"));
}

}  // namespace
}  // namespace toolcatalog
