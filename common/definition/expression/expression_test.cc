#include "common/definition/expression/expression.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/definition/definition_limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

using Kind = Expression::Kind;

const Expression::Variables kVariables = {{"N", 250}, {"packet_count", 2500}, {"zero", 0}};

double ValueOf(absl::string_view text, Kind kind) {
  absl::StatusOr<Expression> expression = Expression::Parse(text, kind);
  EXPECT_TRUE(expression.ok()) << text << ": " << expression.status();
  if (!expression.ok()) return -12345;
  absl::StatusOr<double> value = expression->Evaluate(kVariables, nullptr);
  EXPECT_TRUE(value.ok()) << text << ": " << value.status();
  return value.value_or(-12345);
}

double ValueOf(absl::string_view text) { return ValueOf(text, Kind::kNumber); }
bool IsTrue(absl::string_view text) { return ValueOf(text, Kind::kCondition) == 1; }

// What parsing or, if that succeeds, evaluating says.
std::string ErrorOf(absl::string_view text, Kind kind = Kind::kNumber) {
  absl::StatusOr<Expression> expression = Expression::Parse(text, kind);
  if (!expression.ok()) return std::string(expression.status().message());
  return std::string(expression->Evaluate(kVariables, nullptr).status().message());
}

TEST(Expression, OperatorsBindAsDocumented) {
  EXPECT_EQ(ValueOf("1 + 2 * 3"), 7);
  EXPECT_EQ(ValueOf("(1 + 2) * 3"), 9);
  EXPECT_EQ(ValueOf("10 - 4 - 3"), 3);
  EXPECT_EQ(ValueOf("100 / 10 / 2"), 5);
  EXPECT_EQ(ValueOf("2 ** 3 ** 2"), 512) << "groups to the right";
  EXPECT_EQ(ValueOf("-2 ** 2"), -4) << "binds stronger than a sign";
  EXPECT_EQ(ValueOf("2 ** -1"), 0.5);
  EXPECT_EQ(ValueOf("--+-3"), -3);
  EXPECT_EQ(ValueOf("2 * -3"), -6);
}

TEST(Expression, DivisionRoundsDownAndTheRestHasTheSignOfTheDivisor) {
  EXPECT_EQ(ValueOf("7 // 2"), 3);
  EXPECT_EQ(ValueOf("-7 // 2"), -4);
  EXPECT_EQ(ValueOf("7 // -2"), -4);
  EXPECT_EQ(ValueOf("7 % 3"), 1);
  EXPECT_EQ(ValueOf("-7 % 3"), 2);
  EXPECT_EQ(ValueOf("7 % -3"), -2);
  EXPECT_EQ(ValueOf("1 // 0.1"), 9) << "0.1 is a little more than a tenth";
  EXPECT_DOUBLE_EQ(ValueOf("-5.5 % 2"), 0.5);
}

TEST(Expression, Numbers) {
  EXPECT_EQ(ValueOf(" .5\t+ 2.5e1 \n"), 25.5);
  EXPECT_EQ(ValueOf("1e-2"), 0.01);
  EXPECT_EQ(ValueOf("5."), 5);
  EXPECT_DOUBLE_EQ(ValueOf("pi"), 3.141592653589793);
  EXPECT_DOUBLE_EQ(ValueOf("log(e)"), 1);
}

TEST(Expression, Functions) {
  EXPECT_EQ(ValueOf("log(8, 2)"), 3);
  EXPECT_EQ(ValueOf("log10(1000) + log2(8)"), 6);
  EXPECT_EQ(ValueOf("sqrt(16) + abs(-2) + exp(0)"), 7);
  EXPECT_EQ(ValueOf("ceil(1.2) * 10 + floor(-1.2)"), 18);
  EXPECT_EQ(ValueOf("max(1, 3, 2) - min(4, 5)"), -1);
  EXPECT_EQ(ValueOf("ceil(packet_count / 1000)"), 3);
}

TEST(Expression, Conditions) {
  EXPECT_TRUE(IsTrue("N > 50"));
  EXPECT_FALSE(IsTrue("N < 50"));
  EXPECT_TRUE(IsTrue("N >= 250 and N <= 250 and N == 250 and not N != 250"));
  EXPECT_TRUE(IsTrue("true or N > 1 and false")) << "and binds stronger";
  EXPECT_FALSE(IsTrue("(true or N > 1) and false"));
  EXPECT_TRUE(IsTrue("not N > 1000"));
  EXPECT_TRUE(IsTrue("not (N > 1000 or N < 5)"));
  EXPECT_TRUE(IsTrue("N * 2 + 1 > max(N, 500)"));
}

TEST(Expression, WhatDoesNotMatterIsNotEvaluated) {
  EXPECT_FALSE(IsTrue("zero > 0 and 100 / zero > 5"));
  EXPECT_TRUE(IsTrue("zero == 0 or 100 / zero > 5"));
  EXPECT_TRUE(IsTrue("zero == 0 or 100 / zero > 5 or nobody > 3"));
  EXPECT_EQ(ErrorOf("zero == 0 and 100 / zero > 5", Kind::kCondition), "division by zero at character 19");
}

TEST(Expression, SyntaxErrorsNameTheCharacter) {
  const std::vector<std::pair<std::string, std::string>> kCases = {
      {"", "a value is missing at character 1"},
      {"1 +", "a value is missing at character 4"},
      {"(1 + 2", "\")\" is missing at character 7"},
      {"1 + 2)", "unexpected \")\" at character 6"},
      {"2N", "unexpected \"2N\" at character 1"},
      {"1.2.3", "unexpected \"1.2.3\" at character 1"},
      {"N packet_count", "unexpected \"packet_count\" at character 3"},
      {"\"a\"*(10**9)", "unexpected \"\"\" at character 1"},
      {"2 \xC3\x97 N", "unexpected \"\xC3\x97\" at character 3"},
      {"2 \xFF", "unexpected \"<not UTF-8>\" at character 3"},
      {"N ; 1", "unexpected \";\" at character 3"},
      {"N.real", "unexpected \".\" at character 2"},
      {"a[0]", "unexpected \"[\" at character 2"},
      {"1 + sin(N)", "unknown function \"sin\" at character 5"},
      {"sqrt(1, 2)", "2 arguments for function \"sqrt\", which takes 1, at character 1"},
      {"1+log()", "0 arguments for function \"log\", which takes 1 to 2, at character 3"},
      {"max(1)", "1 arguments for function \"max\", which takes 2 or more, at character 1"},
      {"max(1,)", "unexpected \")\" at character 7"},
      {"log + 1", "no \"(\" after function \"log\" at character 1"},
      {"1e999", "a number that is too large or too small at character 1"},
      {"N > 50", "\">\", which only conditions may have, at character 3"},
      {"max(N > 50, 1)", "\">\", which only conditions may have, at character 7"},
      {"not N", "\"not\", which only conditions may have, at character 1"},
      {"<EXPRESSION>", "unexpected \"<\" at character 1"},
  };
  for (const auto& [text, error] : kCases) EXPECT_EQ(ErrorOf(text), error) << text;
}

TEST(Expression, ConditionsAndNumbersAreToldApart) {
  const std::vector<std::pair<std::string, std::string>> kCases = {
      {"N", "a condition such as N > 50 is needed, not a number, at character 1"},
      {"N > 1 and 5", "a condition such as N > 50 is needed, not a number, at character 11"},
      {"not N", "a condition such as N > 50 is needed, not a number, at character 5"},
      {"(N > 1) + 1 > 0", "a number is needed, not a condition, at character 1"},
      {"max(N > 1, 2) > 1", "a number is needed, not a condition, at character 5"},
      {"1 < N < 5", "a second comparison, which \"and\" must join, at character 7"},
      {"N = 5", "unexpected \"=\" at character 3"},
  };
  for (const auto& [text, error] : kCases) EXPECT_EQ(ErrorOf(text, Kind::kCondition), error) << text;
}

TEST(Expression, EvaluationErrorsNameTheCharacter) {
  const std::vector<std::pair<std::string, std::string>> kCases = {
      {"1 / 0", "division by zero at character 3"},
      {"5 + N % zero", "division by zero at character 7"},
      {"N // zero", "division by zero at character 3"},
      {"zero ** -1", "division by zero at character 6"},
      {"2 + log(zero)", "logarithm of a number that is not positive at character 5"},
      {"log(5, 1)", "logarithm to a base that is not positive, or is 1 at character 1"},
      {"sqrt(-1)", "square root of a negative number at character 1"},
      {"(-8) ** 0.5", "broken power of a negative number at character 6"},
      {"2 ** 101", "exponent beyond 100 at character 3"},
      {"10 ** 100 ** 1 * 10 ** 100 * 10 ** 100 * 10 ** 100", "a result that is not a finite number at character 40"},
      {"exp(1000)", "a result that is not a finite number at character 1"},
      {"1 + nobody", "no value for variable \"nobody\" at character 5"},
  };
  for (const auto& [text, error] : kCases) EXPECT_EQ(ErrorOf(text), error) << text;
}

TEST(Expression, SuggestsWhatWasMeant) {
  const auto suggestion = [](absl::string_view text, Kind kind) {
    return SuggestionOf(Expression::Parse(text, kind).status());
  };
  EXPECT_EQ(suggestion("ciel(N)", Kind::kNumber), "ceil");
  EXPECT_EQ(suggestion("2 ^ N", Kind::kNumber), "**");
  EXPECT_EQ(suggestion("N = 5", Kind::kCondition), "==");
  EXPECT_EQ(suggestion("N > 5 && N < 9", Kind::kCondition), "and");
  EXPECT_EQ(suggestion("frobnicate(N)", Kind::kNumber), "");
}

TEST(Expression, VariablesAreListedOnce) {
  absl::StatusOr<Expression> expression = Expression::Parse("b + a * b + pi + max(c_1, _d)", Kind::kNumber);
  ASSERT_TRUE(expression.ok()) << expression.status();
  EXPECT_THAT(expression->variables(), ElementsAre("b", "a", "c_1", "_d"));
}

TEST(Expression, StepsAreShownInTheirOrder) {
  absl::StatusOr<Expression> expression = Expression::Parse("1000 + 5 * (N - 50)", Kind::kNumber);
  ASSERT_TRUE(expression.ok()) << expression.status();
  std::vector<Expression::Step> steps;
  EXPECT_EQ(expression->Evaluate(kVariables, &steps).value(), 2000);
  std::vector<std::pair<std::string, double>> shown;
  for (const Expression::Step& step : steps) shown.emplace_back(step.expression, step.value);
  EXPECT_THAT(shown, ElementsAre(Pair("N - 50", 200), Pair("5 * (N - 50)", 1000), Pair("1000 + 5 * (N - 50)", 2000)));

  steps.clear();
  expression = Expression::Parse("N > 5 or N > 3 and false", Kind::kCondition);
  ASSERT_TRUE(expression.ok()) << expression.status();
  EXPECT_EQ(expression->Evaluate(kVariables, &steps).value(), 1);
  shown.clear();
  for (const Expression::Step& step : steps) shown.emplace_back(step.expression, step.value);
  EXPECT_THAT(shown, ElementsAre(Pair("N > 5", 1), Pair("N > 5 or N > 3 and false", 1)));
}

TEST(Expression, IsBounded) {
  EXPECT_EQ(ErrorOf(std::string(500, ' ') + "1"), "must have at most 500 characters, got 501");
  EXPECT_EQ(ErrorOf(std::string(10000, '(')), "must have at most 500 characters, got 10000");
  EXPECT_EQ(ErrorOf(std::string(500, '(')), "more than 20 levels of nesting at character 21");
  EXPECT_EQ(ValueOf(std::string(20, '(') + "1" + std::string(20, ')')), 1);
  EXPECT_EQ(ErrorOf(std::string(21, '-') + "1"), "more than 20 levels of nesting at character 21");
  std::string power = "1", call = "1", sum = "1", negation = "N > 1";
  for (int i = 0; i < 21; ++i) {
    absl::StrAppend(&power, "**1");
    call = absl::StrCat("abs(", call, ")");
    negation = "not " + negation;
  }
  EXPECT_EQ(ErrorOf(power), "more than 20 levels of nesting at character 62");
  EXPECT_EQ(ErrorOf(call), "more than 20 levels of nesting at character 81");
  EXPECT_EQ(ErrorOf(negation, Kind::kCondition), "more than 20 levels of nesting at character 81");
  for (int i = 0; i < 200; ++i) absl::StrAppend(&sum, "+1");
  EXPECT_EQ(ValueOf(sum), 201);
  EXPECT_EQ(ErrorOf(sum + "+1"), "more than 200 operations at character 402");
}

// Random tokens, most of which make no sense together: no text may crash, hang, or come to a value that is not finite.
TEST(Expression, AnyTextIsParsedInBoundedTime) {
  const std::vector<std::string> kTokens = {"(",   ")",     "+",  "-",    "*",    "/",    "//",    "%",
                                            "**",  "<",     "==", "and",  "or",   "not",  "1",     "0",
                                            "2.5", "1e300", "N",  "zero", "log",  "max(", "sqrt(", ",",
                                            " ",   "e",     "pi", "true", "\xC3", "\"",   "!",     "\xE2\x82\xAC",
                                            "1e",  "."};
  std::mt19937 random(20240501);
  int values = 0;
  const absl::Time start = absl::Now();
  for (int i = 0; i < 100000; ++i) {
    std::string text;
    for (int length = static_cast<int>(random() % 12); length > 0; --length) {
      absl::StrAppend(&text, kTokens[random() % kTokens.size()], random() % 3 == 0 ? " " : "");
    }
    for (const Kind kind : {Kind::kNumber, Kind::kCondition}) {
      absl::StatusOr<Expression> expression = Expression::Parse(text, kind);
      if (!expression.ok()) continue;
      absl::StatusOr<double> value = expression->Evaluate(kVariables, nullptr);
      if (!value.ok()) continue;
      ++values;
      ASSERT_TRUE(std::isfinite(*value)) << text;
    }
  }
  EXPECT_GT(values, 1000);
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 520, ' ');
    for (char& c : text) c = "()+-*/% 1eN\xFF,<"[random() % 15];
    ErrorOf(text, i % 2 == 0 ? Kind::kNumber : Kind::kCondition);
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
}

// Definitions in YAML give numbers too.
absl::StatusOr<double> Evaluate(const nlohmann::json& text, const Expression::Variables& variables) {
  absl::StatusOr<Expression> expression =
      Expression::Parse(text.is_string() ? text.get<std::string>() : text.dump(), Kind::kNumber);
  if (!expression.ok()) return expression.status();
  return expression->Evaluate(variables, nullptr);
}

// The numbers that the system before this one came to, for the expressions of its definitions.
TEST(Expression, AgreesWithTheReference) {
  const char* folder = std::getenv("TOOLCATALOG_TEST_DATA");
  std::ifstream file(absl::StrCat(folder == nullptr ? "" : folder, "/ranking_vectors.json"));
  if (folder == nullptr || !file) {
    GTEST_SKIP() << "TOOLCATALOG_TEST_DATA does not name the folder of reference numbers";
  }
  const nlohmann::json reference = nlohmann::json::parse(file);
  // What the reference assumed where a context does not say.
  const Expression::Variables kAssumed = {{"N", 0}, {"pages", 1}, {"p95_latency", 100}};
  int compared = 0, without_value = 0;
  for (const auto& vector : reference["vectors"]) {
    for (const auto& [name, expected] : vector["results"].items()) {
      Expression::Variables variables = kAssumed;
      for (const auto& [variable, value] : reference["contexts"][name].items()) variables[variable] = value;
      const absl::StatusOr<double> time = Evaluate(vector["time_expr"], variables);
      const absl::StatusOr<double> cost = Evaluate(vector["cost_expr"], variables);
      // The reference has no number at all where one of the two has none.
      const bool has_values = expected.contains("time_ms");
      EXPECT_EQ(time.ok() && cost.ok(), has_values) << vector << " in context " << name;
      if (!has_values || !time.ok() || !cost.ok()) {
        ++without_value;
        continue;
      }
      EXPECT_DOUBLE_EQ(*time, expected["time_ms"].get<double>()) << vector << " in context " << name;
      EXPECT_DOUBLE_EQ(*cost, expected["cost"].get<double>()) << vector << " in context " << name;
      ++compared;
    }
  }
  EXPECT_GT(without_value, 10);
  EXPECT_GT(compared, 500);
}

}  // namespace
}  // namespace toolcatalog
