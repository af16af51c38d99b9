#include "common/definition/validation/definition_advice.h"

#include <functional>
#include <string>
#include <vector>

#include "common/definition/definition.h"
#include "common/definition/validation/definition_validator.h"
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

v1::Tool GoodTool() {
  v1::Tool tool = DiskReport();
  v1::Pattern* pattern = tool.mutable_capabilities(0)->mutable_patterns(0);
  pattern->set_time_estimate_ms("2000");
  pattern->set_cost_estimate("3");
  NormalizeDefinition(tool);
  return tool;
}

// Warnings of a tool that is valid all the same.
std::vector<Violation> AdviceOn(const std::function<void(v1::Tool&)>& change) {
  v1::Tool tool = GoodTool();
  change(tool);
  Findings findings = DefinitionValidator(DefaultVocabulary()).Check(tool);
  EXPECT_THAT(findings.errors, IsEmpty());
  return findings.warnings;
}

std::vector<Violation> AdviceOnPolicy(const std::function<void(v1::Policy&)>& change) {
  return AdviceOn(
      [&](v1::Tool& tool) { change(*tool.mutable_capabilities(0)->mutable_patterns(0)->mutable_policy()); });
}

auto At(const std::string& path, const std::string& message) {
  return AllOf(Field(&Violation::path, path), Field(&Violation::message, HasSubstr(message)));
}

TEST(DefinitionAdvice, NoneOnAGoodTool) {
  EXPECT_THAT(AdviceOn([](v1::Tool&) {}), IsEmpty());
}

TEST(DefinitionAdvice, ToolsAreChosenByCapabilityAndPattern) {
  EXPECT_THAT(AdviceOn([](v1::Tool& tool) { tool.clear_capabilities(); }),
              ElementsAre(At("capabilities", "should have a capability")));
  EXPECT_THAT(AdviceOn([](v1::Tool& tool) { tool.mutable_capabilities(0)->clear_patterns(); }),
              ElementsAre(At("capabilities[0].patterns", "should have a pattern")));
}

TEST(DefinitionAdvice, AnInvisibleCharacterIsOneTypingError) {
  const std::vector<Violation> advice = AdviceOn(
      [](v1::Tool& tool) { (*tool.mutable_extra()->mutable_fields())["enabled\uFE0F"].set_bool_value(false); });
  ASSERT_THAT(advice, ElementsAre(At("extra.enabled\uFE0F", "should be a field")));
  EXPECT_EQ(advice[0].suggestion, "enabled");
}

TEST(DefinitionAdvice, DisabledIsNoStateOfTheLifeCycle) {
  const std::vector<Violation> advice = AdviceOn([](v1::Tool& tool) { tool.set_status("disabled"); });
  ASSERT_THAT(advice, ElementsAre(At("status", "got \"disabled\"")));
  EXPECT_EQ(advice[0].suggestion, "enabled: false");
}

TEST(DefinitionAdvice, ReplacementAndSunsetAreForDeprecatedTools) {
  const auto with_status = [](const std::string& status) {
    return AdviceOn([&](v1::Tool& tool) {
      tool.set_status(status);
      tool.set_replacement("df");
      tool.mutable_sunset_at()->set_seconds(1900000000);
    });
  };
  EXPECT_THAT(with_status("deprecated"), IsEmpty());
  EXPECT_THAT(with_status("active"), ElementsAre(At("replacement", "deprecated"), At("sunset_at", "deprecated")));
}

TEST(DefinitionAdvice, APatternMustBeAffordable) {
  const std::string policy = "capabilities[0].patterns[0].policy.";
  EXPECT_THAT(AdviceOnPolicy([](v1::Policy& p) { p.set_max_cost(3); }), IsEmpty());
  EXPECT_THAT(AdviceOnPolicy([](v1::Policy& p) { p.set_max_cost(2.5); }),
              ElementsAre(At(policy + "max_cost",
                             "should be at least the cost of 3, or the pattern can never be chosen, got 2.5")));
  EXPECT_THAT(AdviceOnPolicy([](v1::Policy& p) { p.set_max_execution_time(2); }), IsEmpty());
  EXPECT_THAT(AdviceOnPolicy([](v1::Policy& p) { p.set_max_execution_time(1); }),
              ElementsAre(At(policy + "max_execution_time", "can never be chosen")));
  EXPECT_THAT(AdviceOnPolicy([](v1::Policy& p) { p.set_max_execution_time_ms(1999); }),
              ElementsAre(At(policy + "max_execution_time_ms", "can never be chosen")));
}

TEST(DefinitionAdvice, APatternMustBeAllowedSomewhere) {
  const auto allowed_in = [](const std::vector<std::string>& environments, bool safe) {
    return AdviceOnPolicy([&](v1::Policy& policy) {
      policy.set_production_safe(safe);
      for (const std::string& environment : environments) policy.add_allowed_environments(environment);
    });
  };
  EXPECT_THAT(allowed_in({"production"}, true), IsEmpty());
  EXPECT_THAT(allowed_in({"Production", "staging"}, false), IsEmpty());
  EXPECT_THAT(allowed_in({}, false), IsEmpty());
  EXPECT_THAT(allowed_in({"Production", "prod"}, false),
              ElementsAre(At("capabilities[0].patterns[0].policy.allowed_environments", "not safe")));
}

TEST(DefinitionAdvice, OneLimitInOneUnit) {
  EXPECT_THAT(AdviceOnPolicy([](v1::Policy& policy) {
                policy.set_max_execution_time(5);
                policy.set_max_execution_time_ms(5000);
              }),
              ElementsAre(At("capabilities[0].patterns[0].policy.max_execution_time_ms", "beside max_execution_time")));
}

TEST(DefinitionAdvice, UnknownKeysThatLookLikeFields) {
  const auto set = [](google::protobuf::Struct* extra, const std::string& key) {
    (*extra->mutable_fields())[key].set_bool_value(true);
  };
  const std::vector<Violation> advice = AdviceOn([&](v1::Tool& tool) {
    set(tool.mutable_extra(), "exmaples");
    set(tool.mutable_extra(), "vendor");
    v1::Pattern& pattern = *tool.mutable_capabilities(0)->mutable_patterns(0);
    set(pattern.mutable_extra(), "limitation");
    set(pattern.mutable_policy()->mutable_extra(), "approval_required");
  });
  ASSERT_THAT(advice, ElementsAre(At("capabilities[0].patterns[0].extra.limitation", "did you mean \"limitations\"?"),
                                  At("capabilities[0].patterns[0].policy.extra.approval_required",
                                     "did you mean \"requires_approval\"?"),
                                  At("extra.exmaples", "did you mean \"examples\"?")));
}

}  // namespace
}  // namespace toolcatalog
