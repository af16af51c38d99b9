#include "common/definition/validation/expression_checker.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Outcome {
  ConstantEstimates constants;
  Findings findings;
};

Outcome Check(const v1::Pattern& pattern) {
  FieldChecker checker;
  const ConstantEstimates constants = CheckExpressions(checker, pattern);
  return {constants, checker.TakeFindings()};
}

v1::Pattern PatternWith(const std::string& time, const std::string& cost, const std::string& condition) {
  v1::Pattern pattern;
  pattern.set_time_estimate_ms(time);
  pattern.set_cost_estimate(cost);
  pattern.mutable_policy()->set_requires_background_if(condition);
  pattern.add_required_inputs()->set_name("interfaces");
  pattern.add_optional_inputs()->set_name("num_files");
  return pattern;
}

Outcome CheckTime(const std::string& time) { return Check(PatternWith(time, "", "")); }

TEST(ExpressionChecker, ConstantsAreEvaluated) {
  const Outcome outcome = Check(PatternWith("2 * 500", "ceil(1.5)", "2 > 1"));
  EXPECT_THAT(outcome.findings.errors, IsEmpty());
  EXPECT_EQ(outcome.constants.time_ms, 1000);
  EXPECT_EQ(outcome.constants.cost, 2);
  EXPECT_EQ(CheckTime("5 * N").constants.time_ms, std::nullopt);
  EXPECT_EQ(Check(v1::Pattern()).constants.cost, std::nullopt);
}

TEST(ExpressionChecker, ErrorsNameFieldAndCharacter) {
  const Outcome outcome = Check(PatternWith("1 / 0", "\"a\"*(10**9)", "N"));
  ASSERT_THAT(outcome.findings.errors, SizeIs(3));
  EXPECT_EQ(outcome.findings.errors[0].path, "time_estimate_ms");
  EXPECT_EQ(outcome.findings.errors[0].message, "division by zero at character 3");
  EXPECT_EQ(outcome.findings.errors[0].rule, "must be an expression");
  EXPECT_EQ(outcome.findings.errors[0].value, "1 / 0");
  EXPECT_EQ(outcome.findings.errors[1].path, "cost_estimate");
  EXPECT_EQ(outcome.findings.errors[1].message, "unexpected \"\"\" at character 1");
  EXPECT_EQ(outcome.findings.errors[2].path, "policy.requires_background_if");
}

TEST(ExpressionChecker, AnEstimateIsNotNegative) {
  const Outcome outcome = Check(PatternWith("-5", "2 - 3", "-1 < 0"));
  ASSERT_THAT(outcome.findings.errors, SizeIs(2));
  EXPECT_EQ(outcome.findings.errors[0].path, "time_estimate_ms");
  EXPECT_EQ(outcome.findings.errors[0].message, "must be at least 0, got -5");
  EXPECT_EQ(outcome.findings.errors[1].path, "cost_estimate");
}

TEST(ExpressionChecker, SuggestsTheFunctionThatWasMeant) {
  const Outcome outcome = CheckTime("1 + ciel(N)");
  ASSERT_THAT(outcome.findings.errors, SizeIs(1));
  EXPECT_EQ(outcome.findings.errors[0].message, "unknown function \"ciel\" at character 5; did you mean \"ceil\"?");
  EXPECT_EQ(outcome.findings.errors[0].suggestion, "ceil");
}

TEST(ExpressionChecker, WarnsOfVariablesThatNothingGivesAValue) {
  for (const char* known : {"interfaces", "num_files", "N", "pages", "p95_latency", "packet_count", "file_size_kb",
                            "duration_ms", "response_time", "count"}) {
    EXPECT_THAT(CheckTime(known).findings.warnings, IsEmpty()) << known;
  }
  for (const char* unknown : {"banana", "Interfaces2x", "nodes", "x"}) {
    EXPECT_THAT(CheckTime(unknown).findings.warnings, ElementsAre(Field(&Violation::path, "time_estimate_ms")))
        << unknown;
  }
  EXPECT_THAT(CheckTime("banana").findings.errors, IsEmpty()) << "it is no error";
}

TEST(ExpressionChecker, SuggestsTheVariableThatWasMeant) {
  EXPECT_THAT(CheckTime("interfces * 2").findings.warnings, ElementsAre(Field(&Violation::suggestion, "interfaces")));
  EXPECT_THAT(CheckTime("n").findings.warnings, ElementsAre(Field(&Violation::suggestion, "N")));
  EXPECT_THAT(CheckTime("num_file").findings.warnings, ElementsAre(Field(&Violation::suggestion, "num_files")))
      << "a measure, but the input was meant";
  EXPECT_THAT(Check(PatternWith("", "", "interface > 5")).findings.warnings,
              ElementsAre(Field(&Violation::path, "policy.requires_background_if")));
}

}  // namespace
}  // namespace toolcatalog
