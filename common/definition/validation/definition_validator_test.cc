#include "common/definition/validation/definition_validator.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "common/definition/validation/disk_report.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

v1::Tool ValidTool() {
  v1::Tool tool = DiskReport();
  tool.set_description("Reports how full disks are.\nSecond line.");
  v1::Pattern* pattern = tool.mutable_capabilities(0)->mutable_patterns(0);
  pattern->set_time_estimate_ms("100 + 5 * N");
  pattern->mutable_preference_match()->set_speed(1);
  auto* input = pattern->add_required_inputs();
  input->set_name("host");
  input->mutable_default_()->set_null_value(google::protobuf::NULL_VALUE);
  auto* dependency = tool.add_dependencies();
  dependency->set_name("df");
  dependency->set_type("binary");
  NormalizeDefinition(tool);
  return tool;
}

std::vector<Violation> Validate(const v1::Tool& tool) {
  return DefinitionValidator(DefaultVocabulary()).Validate(tool);
}

std::vector<Violation> ValidateChanged(const std::function<void(v1::Tool&)>& change) {
  v1::Tool tool = ValidTool();
  change(tool);
  return Validate(tool);
}

auto Is(const std::string& path, const std::string& message) {
  return AllOf(Field(&Violation::path, path), Field(&Violation::message, message));
}

google::protobuf::Value Nested(int levels) {
  google::protobuf::Value value;
  value.set_bool_value(true);
  for (int i = 0; i < levels; ++i) {
    google::protobuf::Value outer;
    (*outer.mutable_struct_value()->mutable_fields())["k"] = value;
    value = outer;
  }
  return value;
}

v1::Pattern& PatternOf(v1::Tool& tool) { return *tool.mutable_capabilities(0)->mutable_patterns(0); }

TEST(DefinitionValidator, AcceptsAValidDefinition) { EXPECT_THAT(Validate(ValidTool()), IsEmpty()); }

TEST(DefinitionValidator, NamesEveryRequiredField) {
  v1::Tool tool;
  NormalizeDefinition(tool);
  tool.add_dependencies();
  tool.add_capabilities()->add_patterns()->add_optional_inputs();
  std::vector<std::string> paths;
  for (const Violation& violation : Validate(tool)) {
    EXPECT_THAT(violation.message, HasSubstr("required"));
    paths.push_back(violation.path);
  }
  EXPECT_THAT(paths, ElementsAre("tool_name", "description", "platform", "category", "dependencies[0].name",
                                 "dependencies[0].type", "capabilities[0].capability_name",
                                 "capabilities[0].patterns[0].pattern_name",
                                 "capabilities[0].patterns[0].optional_inputs[0].name"));
}

TEST(DefinitionValidator, UnknownWordListsTheAllowedOnes) {
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { tool.set_platform("amiga"); }),
              ElementsAre(Is("platform",
                             "unknown platform \"amiga\"; allowed: linux, windows, network, scheduler, custom, "
                             "multi-platform, database, cloud, container, kubernetes, monitoring")));
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { tool.set_status("Active"); }), SizeIs(1));
  const DefinitionValidator other({{"amiga"}, {"monitoring"}, {"active"}});
  EXPECT_THAT(other.Validate(ValidTool()), ElementsAre(Is("platform", "unknown platform \"linux\"; allowed: amiga")));
}

TEST(DefinitionValidator, ScoresAreFromZeroToOne) {
  const char kSpeed[] = "capabilities[0].patterns[0].preference_match.speed";
  const auto with_speed = [](double speed) {
    return ValidateChanged([&](v1::Tool& tool) { PatternOf(tool).mutable_preference_match()->set_speed(speed); });
  };
  EXPECT_THAT(with_speed(0), IsEmpty());
  EXPECT_THAT(with_speed(7), ElementsAre(Is(kSpeed, "must be from 0 to 1, got 7")));
  EXPECT_THAT(with_speed(1.0000001), ElementsAre(Is(kSpeed, "must be from 0 to 1, got 1.0000001")));
  EXPECT_THAT(with_speed(-0.1), SizeIs(1));
  EXPECT_THAT(with_speed(std::nan("")), SizeIs(1));
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { PatternOf(tool).set_complexity_score(7); }),
              ElementsAre(Is("capabilities[0].patterns[0].complexity_score", "must be from 0 to 1, got 7")));
}

TEST(DefinitionValidator, NumbersAreFiniteAndNotNegative) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(ValidateChanged([&](v1::Tool& tool) {
                PatternOf(tool).mutable_policy()->set_max_cost(infinity);
                PatternOf(tool).mutable_policy()->set_max_n_immediate(-1);
                tool.add_examples()->set_expected_cost(-0.5);
              }),
              ElementsAre(Is("capabilities[0].patterns[0].policy.max_cost", "must be a finite number, got inf"),
                          Is("capabilities[0].patterns[0].policy.max_N_immediate", "must be at least 0, got -1"),
                          Is("examples[0].expected_cost", "must be at least 0, got -0.5")));
  EXPECT_THAT(ValidateChanged([&](v1::Tool& tool) {
                auto& list = *(*tool.mutable_metadata()->mutable_fields())["n"].mutable_list_value();
                list.add_values()->set_number_value(1);
                list.add_values()->set_number_value(infinity);
              }),
              ElementsAre(Is("metadata.n[1]", "must be a finite number, got inf")));
}

TEST(DefinitionValidator, TextHoldsNoControlCharacters) {
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { tool.set_description("a\tb\r\nc"); }), IsEmpty());
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { tool.set_description(std::string("a\0b", 3)); }),
              ElementsAre(Is("description",
                             "must hold no control characters but tab and line ends, got U+0000 at byte "
                             "1 of \"a<U+0000>b\"")));
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { tool.set_description("\xC2\x85 x"); }), SizeIs(1));
  EXPECT_THAT(ValidateChanged(
                  [](v1::Tool& tool) { (*tool.mutable_extra()->mutable_fields())["k\x01"].set_string_value("\x02"); }),
              SizeIs(2));
}

TEST(DefinitionValidator, ShortTextsArePrintableAndCountCharacters) {
  std::string accented;
  for (int i = 0; i < 100; ++i) accented += "\xC3\xA9";
  EXPECT_THAT(ValidateChanged([&](v1::Tool& tool) { tool.set_created_by(accented); }), IsEmpty());
  EXPECT_THAT(ValidateChanged([&](v1::Tool& tool) { tool.mutable_defaults()->set_freshness(accented + "e"); }),
              ElementsAre(Is("defaults.freshness", "must have at most 100 characters, got 101")));
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { tool.set_execution_location("a\nb"); }), SizeIs(1));
}

TEST(DefinitionValidator, LongTextsAreBounded) {
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { tool.set_description(std::string(4096, 'x')); }), IsEmpty());
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { tool.set_description(std::string(4097, 'x')); }),
              ElementsAre(Is("description", "must have at most 4096 bytes, got 4097")));
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) {
                PatternOf(tool).set_cost_estimate(std::string(501, '1'));
                PatternOf(tool).add_limitations(std::string(1001, 'x'));
                PatternOf(tool).mutable_required_inputs(0)->set_validation(std::string(1001, 'x'));
              }),
              SizeIs(3));
}

TEST(DefinitionValidator, ListsAreBounded) {
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) {
                for (int i = 0; i < 50; ++i) {
                  tool.add_capabilities()->set_capability_name("c" + std::to_string(i));
                }
              }),
              ElementsAre(Is("capabilities", "must have at most 50 entries, got 51")));
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) {
                for (int i = 0; i < 101; ++i) PatternOf(tool).add_examples()->set_number_value(i);
              }),
              ElementsAre(Is("capabilities[0].patterns[0].examples", "must have at most 100 entries, got 101")));
}

TEST(DefinitionValidator, NamesAreUniqueWithinTheirList) {
  EXPECT_THAT(
      ValidateChanged([](v1::Tool& tool) {
        *PatternOf(tool).add_optional_inputs() = PatternOf(tool).required_inputs(0);
        *PatternOf(tool).add_required_inputs() = PatternOf(tool).required_inputs(0);
        *tool.mutable_capabilities(0)->add_patterns() = tool.capabilities(0).patterns(0);
        tool.mutable_capabilities(0)->mutable_patterns(1)->clear_required_inputs();
        tool.add_capabilities()->set_capability_name("disk_usage");
      }),
      ElementsAre(
          Is("capabilities[0].patterns[0].required_inputs[1].name",
             "must be unique, \"host\" is the name of entry 0 too"),
          Is("capabilities[0].patterns[1].pattern_name", "must be unique, \"all_disks\" is the name of entry 0 too"),
          Is("capabilities[1].capability_name", "must be unique, \"disk_usage\" is the name of entry 0 too")));
}

TEST(DefinitionValidator, FreeObjectsNestFiveLevels) {
  const auto with_levels = [](int levels) {
    return ValidateChanged([&](v1::Tool& tool) { *tool.mutable_metadata() = Nested(levels).struct_value(); });
  };
  EXPECT_THAT(with_levels(5), IsEmpty());
  EXPECT_THAT(with_levels(6), ElementsAre(Is("metadata.k.k.k.k.k", "must nest at most 5 levels, got more")));
  EXPECT_THAT(with_levels(90), SizeIs(1));
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { *PatternOf(tool).mutable_output() = Nested(5); }), IsEmpty());
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { *PatternOf(tool).add_examples() = Nested(6); }),
              ElementsAre(Field(&Violation::path, "capabilities[0].patterns[0].examples[0].k.k.k.k.k")));
}

TEST(DefinitionValidator, FreeValuesHaveAKind) {
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { PatternOf(tool).mutable_required_inputs(0)->add_allowed_values(); }),
              ElementsAre(Field(&Violation::path, "capabilities[0].patterns[0].required_inputs[0].allowed_values[0]")));
}

TEST(DefinitionValidator, DefinitionIsBounded) {
  EXPECT_THAT(
      ValidateChanged([](v1::Tool& tool) {
        (*tool.mutable_extra()->mutable_fields())["k"].set_string_value(std::string(kMaxDefinitionBytes, 'x'));
      }),
      ElementsAre(AllOf(Field(&Violation::path, ""),
                        Field(&Violation::message, HasSubstr("definition must have at most 262144 bytes, got 262")))));
}

TEST(DefinitionValidator, ProblemsHaveRuleValueAndSuggestion) {
  const std::vector<Violation> violations = ValidateChanged([](v1::Tool& tool) {
    tool.set_tool_name("disk report");
    tool.set_category("monitorin");
    PatternOf(tool).set_complexity_score(1.5);
  });
  ASSERT_THAT(violations, SizeIs(3));
  EXPECT_EQ(violations[0].rule, "must match [A-Za-z0-9][A-Za-z0-9_.-]{0,99}");
  EXPECT_EQ(violations[0].value, "disk report");
  EXPECT_EQ(violations[0].suggestion, "disk-report");
  EXPECT_THAT(violations[1].rule, HasSubstr("must be one of system, network"));
  EXPECT_EQ(violations[1].suggestion, "monitoring");
  EXPECT_THAT(violations[1].message, HasSubstr("unknown category \"monitorin\", did you mean \"monitoring\"?"));
  EXPECT_EQ(violations[2].rule, "must be from 0 to 1");
  EXPECT_EQ(violations[2].value, "1.5");
  EXPECT_EQ(violations[2].suggestion, "");
}

TEST(DefinitionValidator, LifeCycleFieldsAreChecked) {
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) {
                tool.set_status("deprecated");
                tool.set_status_reason("Superseded.\nSee the other one.");
                tool.set_replacement("disk-report-2");
                tool.mutable_sunset_at()->set_seconds(1900000000);
              }),
              IsEmpty());
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) {
                tool.set_status_reason(std::string(4097, 'x'));
                tool.set_replacement("DISK-report");
                tool.mutable_sunset_at()->set_seconds(946684799);
              }),
              ElementsAre(Is("status_reason", "must have at most 4096 bytes, got 4097"),
                          Is("replacement", "must be another tool than this one, got \"DISK-report\""),
                          Is("sunset_at", "must be from year 2000 to 9999, got 946684799 seconds since 1970")));
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) {
                tool.set_replacement("../x");
                tool.mutable_sunset_at()->set_seconds(946684800);
                tool.mutable_sunset_at()->set_nanos(-1);
              }),
              ElementsAre(Field(&Violation::path, "replacement"),
                          Is("sunset_at", "must have nanos from 0 to 999999999, got -1")));
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) { tool.mutable_sunset_at()->set_seconds(253402300800); }), SizeIs(1));
}

TEST(DefinitionValidator, ReportsABoundedNumberOfViolations) {
  EXPECT_THAT(ValidateChanged([](v1::Tool& tool) {
                for (int i = 0; i < 5000; ++i) {
                  (*tool.mutable_extra()->mutable_fields())[std::to_string(i)].set_number_value(std::nan(""));
                }
              }),
              SizeIs(kMaxViolations));
}

// A definition whose every expression names measures as long as its many inputs, which are no typing errors for
// them.
v1::Tool ToolWithManyMeasures() {
  v1::Tool tool = ValidTool();
  std::string sum = "num_00000";
  for (int i = 1; sum.size() < kMaxExpressionCharacters - 10; ++i) {
    sum += "+num_" + std::to_string(10000 + i);
  }
  for (int i = 0; tool.ByteSizeLong() < 238 * 1024; ++i) {
    v1::Capability& capability =
        i % 50 == 0 ? *tool.add_capabilities() : *tool.mutable_capabilities(tool.capabilities_size() - 1);
    capability.set_capability_name("c" + std::to_string(i / 50));
    v1::Pattern& pattern = *capability.add_patterns();
    pattern.set_pattern_name("p" + std::to_string(i));
    pattern.set_time_estimate_ms(sum);
    pattern.set_cost_estimate(sum);
    pattern.mutable_policy()->set_requires_background_if(sum.substr(0, sum.size() - 10) + ">1");
    for (int j = 0; j < 100; ++j) pattern.add_required_inputs()->set_name("input_" + std::to_string(100 + j));
    for (int j = 0; j < 100; ++j) pattern.add_optional_inputs()->set_name("value_" + std::to_string(100 + j));
  }
  return tool;
}

// The shortest of some runs, for other work on the machine slows single ones.
template <typename Run>
absl::Duration ShortestTime(Run run) {
  absl::Duration shortest = absl::InfiniteDuration();
  for (int i = 0; i < 5; ++i) {
    const absl::Time start = absl::Now();
    run();
    shortest = std::min(shortest, absl::Now() - start);
  }
  return shortest;
}

TEST(DefinitionValidator, ManyMeasuresAndInputsAreCheckedQuickly) {
  const v1::Tool tool = ToolWithManyMeasures();
  ASSERT_LE(tool.ByteSizeLong(), kMaxDefinitionBytes);
  const DefinitionValidator validator(DefaultVocabulary());
  const absl::Duration validate = ShortestTime([&] { EXPECT_THAT(validator.Validate(tool), IsEmpty()); });
  const absl::Duration check = ShortestTime([&] { EXPECT_THAT(validator.Check(tool).errors, IsEmpty()); });
  std::cout << "validate: " << validate << ", check: " << check << "\n";
  EXPECT_LT(validate, absl::Milliseconds(300));
  EXPECT_LT(check, absl::Milliseconds(500));
}

TEST(DefinitionValidator, ErrorsDoNotDependOnWarnings) {
  v1::Tool tool = ValidTool();
  for (int i = 0; i < 100; ++i) {
    auto* input = PatternOf(tool).add_optional_inputs();
    input->set_name("in" + std::to_string(i));
    input->set_validation("^(a|aa|a?)+(x+x+)+y(.*a.{20}){9}" + std::to_string(i) + (i == 99 ? "[" : "$"));
    input->add_examples()->set_string_value(std::string(2000, 'a'));
  }
  const DefinitionValidator validator(DefaultVocabulary());
  const Findings findings = validator.Check(tool);
  EXPECT_THAT(findings.warnings, Not(IsEmpty()));
  EXPECT_EQ(validator.Validate(tool).size(), findings.errors.size());
}

}  // namespace
}  // namespace toolcatalog
