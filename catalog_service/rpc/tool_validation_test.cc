#include "catalog_service/rpc/tool_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "catalog_service/testing/disconnected_reader.h"
#include "common/status.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/validation.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ToolValidationTest : public testing::Test {
 protected:
  static v1::ValidateToolRequest RequestFor(const std::string& time_estimate) {
    v1::ValidateToolRequest request;
    v1::Tool& tool = *request.mutable_tool();
    tool.set_tool_name("disk-report");
    tool.set_description("Reports how full disks are.");
    tool.set_platform("linux");
    tool.set_category("monitoring");
    v1::Capability& capability = *tool.add_capabilities();
    capability.set_capability_name("disk_usage");
    v1::Pattern& pattern = *capability.add_patterns();
    pattern.set_pattern_name("all_disks");
    pattern.set_time_estimate_ms(time_estimate);
    pattern.set_cost_estimate("ceil(N / 100)");
    pattern.mutable_policy()->set_requires_background_if("N > 50");
    return request;
  }

  v1::ValidateToolResponse Validate(const v1::ValidateToolRequest& request) {
    v1::ValidateToolResponse response;
    EXPECT_THAT(validation_.Validate(request, &response), IsOk());
    return response;
  }

  std::string RefusalOf(const v1::ValidateToolRequest& request) {
    v1::ValidateToolResponse response;
    const absl::Status status = validation_.Validate(request, &response);
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
    return std::string(status.message());
  }

  const DefinitionValidator validator_{DefaultVocabulary()};
  DisconnectedReader disconnected_;
  ToolValidation validation_{&validator_, disconnected_.reader()};
};

TEST_F(ToolValidationTest, AGoodDefinitionIsValid) {
  const v1::ValidateToolResponse response = Validate(RequestFor("100 + 5 * N"));
  EXPECT_TRUE(response.valid());
  EXPECT_THAT(response.errors(), IsEmpty());
  EXPECT_THAT(response.warnings(), IsEmpty());
  EXPECT_THAT(response.evaluations(), IsEmpty()) << "no variables were given";
}

TEST_F(ToolValidationTest, EachProblemHasItsParts) {
  v1::ValidateToolRequest request = RequestFor("1 / 0");
  request.mutable_tool()->set_platform("linus");
  request.mutable_tool()->mutable_capabilities(0)->mutable_patterns(0)->set_complexity_score(7);
  request.mutable_tool()->set_replacement("df");
  const v1::ValidateToolResponse response = Validate(request);
  EXPECT_FALSE(response.valid());
  ASSERT_EQ(response.errors_size(), 3);
  EXPECT_EQ(response.errors(0).path(), "platform");
  EXPECT_THAT(response.errors(0).rule(), HasSubstr("must be one of linux, windows"));
  EXPECT_EQ(response.errors(0).value(), "linus");
  EXPECT_EQ(response.errors(0).suggestion(), "linux");
  EXPECT_THAT(response.errors(0).message(), HasSubstr("unknown platform \"linus\", did you mean \"linux\"?"));
  EXPECT_EQ(response.errors(1).path(), "capabilities[0].patterns[0].time_estimate_ms");
  EXPECT_EQ(response.errors(1).message(), "division by zero at character 3");
  EXPECT_EQ(response.errors(1).value(), "1 / 0");
  EXPECT_EQ(response.errors(2).rule(), "must be from 0 to 1");
  EXPECT_EQ(response.errors(2).value(), "7");
  ASSERT_EQ(response.warnings_size(), 1);
  EXPECT_EQ(response.warnings(0).path(), "replacement");
}

TEST_F(ToolValidationTest, SaysWhatACreateWouldSay) {
  v1::ValidateToolRequest request = RequestFor("1");
  request.mutable_tool()->set_tool_name("Search");
  const v1::ValidateToolResponse response = Validate(request);
  EXPECT_FALSE(response.valid());
  ASSERT_EQ(response.errors_size(), 1);
  EXPECT_EQ(response.errors(0).message(), "must not be a reserved name, got \"Search\"");
}

TEST_F(ToolValidationTest, ExpressionsAreEvaluatedStepByStep) {
  v1::ValidateToolRequest request = RequestFor("100 + 5 * N");
  (*request.mutable_variables())["N"] = 250;
  const v1::ValidateToolResponse response = Validate(request);
  ASSERT_EQ(response.evaluations_size(), 3);
  const v1::Evaluation& time = response.evaluations(0);
  EXPECT_EQ(time.path(), "capabilities[0].patterns[0].time_estimate_ms");
  EXPECT_EQ(time.expression(), "100 + 5 * N");
  EXPECT_EQ(time.value(), 1350);
  ASSERT_EQ(time.steps_size(), 2);
  EXPECT_EQ(time.steps(0).expression(), "5 * N");
  EXPECT_EQ(time.steps(0).value(), 1250);
  EXPECT_EQ(time.steps(1).expression(), "100 + 5 * N");
  EXPECT_EQ(response.evaluations(1).value(), 3);
  EXPECT_EQ(response.evaluations(2).path(), "capabilities[0].patterns[0].policy.requires_background_if");
  EXPECT_EQ(response.evaluations(2).value(), 1) << "true";
}

TEST_F(ToolValidationTest, OnlyExpressionsWithAllTheirVariablesAreEvaluated) {
  v1::ValidateToolRequest request = RequestFor("100 / (num_files - 3)");
  (*request.mutable_variables())["num_files"] = 3;
  const v1::ValidateToolResponse response = Validate(request);
  EXPECT_TRUE(response.valid()) << "it has a value for other numbers";
  ASSERT_EQ(response.evaluations_size(), 1);
  EXPECT_EQ(response.evaluations(0).error(), "division by zero at character 5");
  EXPECT_EQ(response.evaluations(0).value(), 0);
  EXPECT_EQ(response.evaluations(0).steps_size(), 1) << "what went before is shown";
}

TEST_F(ToolValidationTest, AnAnswerIsBounded) {
  std::string sum = "N";
  for (int i = 0; i < 200; ++i) sum += "+N";
  v1::ValidateToolRequest request = RequestFor(sum);
  v1::Capability& capability = *request.mutable_tool()->mutable_capabilities(0);
  for (int i = 1; i < 50; ++i) *capability.add_patterns() = capability.patterns(0);
  for (int i = 1; i < 10; ++i) *request.mutable_tool()->add_capabilities() = capability;
  (*request.mutable_variables())["N"] = 1;
  const v1::ValidateToolResponse response = Validate(request);
  EXPECT_GT(response.evaluations_size(), 10);
  EXPECT_LT(response.ByteSizeLong(), 2u << 20);
}

TEST_F(ToolValidationTest, RefusesRequestsThatBreakARule) {
  EXPECT_EQ(RefusalOf({}), "tool_name: is required where no tool is given");
  v1::ValidateToolRequest request = RequestFor("1");
  request.set_tool_name("grep");
  EXPECT_EQ(RefusalOf(request), "tool: must not be set together with tool_name");
  request = RequestFor("1");
  request.set_version("1.0");
  EXPECT_EQ(RefusalOf(request), "version: must not be set without tool_name, got \"1.0\"");
  request.Clear();
  request.set_tool_name("../x");
  EXPECT_THAT(RefusalOf(request), HasSubstr("tool_name: must match"));
  request.set_tool_name("x");
  request.set_version("?");
  EXPECT_THAT(RefusalOf(request), HasSubstr("version: must match"));
}

TEST_F(ToolValidationTest, VariablesAreBounded) {
  v1::ValidateToolRequest request = RequestFor("1");
  (*request.mutable_variables())["a b"] = 1;
  EXPECT_EQ(RefusalOf(request), "variables: must have names of letters, digits and _, got \"a b\"");
  request = RequestFor("1");
  (*request.mutable_variables())["x"] = std::nan("");
  EXPECT_EQ(RefusalOf(request), "variables.x: must be a finite number, got nan");
  request = RequestFor("1");
  for (int i = 0; i < 101; ++i) (*request.mutable_variables())["x" + std::to_string(i)] = i;
  EXPECT_EQ(RefusalOf(request), "variables: must have at most 100 entries, got 101");
}

TEST_F(ToolValidationTest, AStoredToolIsReadFromTheStore) {
  v1::ValidateToolRequest request;
  request.set_tool_name("grep");
  v1::ValidateToolResponse response;
  EXPECT_THAT(validation_.Validate(request, &response), HasCode(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace toolcatalog
