#include "common/definition/validation/regex_checker.h"

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

v1::Parameter ParameterWith(const std::string& regex) {
  v1::Parameter parameter;
  parameter.set_name("mode");
  parameter.set_validation(regex);
  return parameter;
}

Findings Check(const v1::Parameter& parameter) {
  FieldChecker checker;
  RegexChecker(&checker).Check(parameter);
  return checker.TakeFindings();
}

TEST(RegexChecker, WhatNoDialectAcceptsIsAnError) {
  const std::vector<std::pair<std::string, std::string>> kCases = {
      {"^[a-z", "must be a regular expression that closes every \"[\", got \"^[a-z\""},
      {"(abc", "must be a regular expression that closes every \"(\", got \"(abc\""},
      {"abc)", "must be a regular expression that opens every \")\", got \"abc)\""},
      {"abc\\", "must be a regular expression that does not end in a backslash, got \"abc\\\""},
      {"[z-a]", "must be a regular expression whose ranges rise, got \"[z-a]\""},
  };
  for (const auto& [regex, message] : kCases) {
    const Findings findings = Check(ParameterWith(regex));
    ASSERT_THAT(findings.errors, SizeIs(1)) << regex;
    EXPECT_EQ(findings.errors[0].path, "validation");
    EXPECT_EQ(findings.errors[0].message, message);
    EXPECT_EQ(findings.errors[0].value, regex);
  }
}

TEST(RegexChecker, OtherDialectsPassUnchecked) {
  for (const char* regex :
       {"^(?!root$).*$", "(?<=a)b", "(a)\\1", "a++", "(?>a|b)c", "a\\Z", "(?<year>\\d+)", "(?x) a", "[a-\\d]", "*.txt",
        "\\p{Foo}", "[[:foo:]]", "a{2000}", "((a{100}){100}){100}", "\\pL{900}"}) {
    v1::Parameter parameter = ParameterWith(regex);
    parameter.add_examples()->set_string_value("no match");
    const Findings findings = Check(parameter);
    EXPECT_THAT(findings.errors, IsEmpty()) << regex;
    EXPECT_THAT(findings.warnings, IsEmpty()) << regex;
  }
}

TEST(RegexChecker, WarnsOfValuesThatCannotMatch) {
  v1::Parameter parameter = ParameterWith("^[0-7]{3,4}$");
  parameter.mutable_default_()->set_string_value("rwx");
  parameter.add_examples()->set_string_value("755");
  parameter.add_examples()->set_number_value(689);
  parameter.add_allowed_values()->set_string_value("0644");
  parameter.add_allowed_values()->set_string_value("");
  const Findings findings = Check(parameter);
  EXPECT_THAT(findings.errors, IsEmpty());
  EXPECT_THAT(findings.warnings, ElementsAre(Field(&Violation::path, "default"), Field(&Violation::path, "examples[1]"),
                                             Field(&Violation::path, "allowed_values[1]")));
  EXPECT_EQ(findings.warnings[1].message, "should match the regular expression \"^[0-7]{3,4}$\", got \"689\"");
}

TEST(RegexChecker, AMatchOfAPartIsAMatch) {
  v1::Parameter parameter = ParameterWith("[0-9]+");
  parameter.add_examples()->set_string_value("port 80");
  EXPECT_THAT(Check(parameter).warnings, IsEmpty());
  parameter = ParameterWith("^.*$");
  parameter.add_examples()->set_string_value("two\nlines");
  EXPECT_THAT(Check(parameter).warnings, IsEmpty());
}

TEST(RegexChecker, SaysNothingOfValuesThatAreNoText) {
  v1::Parameter parameter = ParameterWith("^[a-z]+$");
  parameter.mutable_default_()->set_null_value(google::protobuf::NULL_VALUE);
  parameter.add_examples()->mutable_list_value()->add_values()->set_number_value(1);
  parameter.add_examples()->set_bool_value(true);
  EXPECT_THAT(Check(parameter).warnings, IsEmpty());
}

// Such expressions take other engines years.
TEST(RegexChecker, WorkIsBounded) {
  FieldChecker checker;
  RegexChecker regexes(&checker);
  std::vector<v1::Parameter> parameters;
  for (int i = 0; i < 200; ++i) {
    parameters.push_back(ParameterWith("^(a|aa|a?)+(x+x+)+y(.*a.{20}){9}" + std::to_string(i) + "$"));
    parameters.back().add_examples()->set_string_value(std::string(100000, 'a'));
  }
  for (const v1::Parameter& parameter : parameters) regexes.Check(parameter);
  // The rest was not checked.
  EXPECT_LT(checker.TakeFindings().warnings.size(), 20u);
}

}  // namespace
}  // namespace toolcatalog
