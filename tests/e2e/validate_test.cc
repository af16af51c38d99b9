// What ValidateTool says of tools, stored and given, is what a write says; imports report the warnings with their
// lines.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/validation.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ValidateTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (!HasFatalFailure()) Start(1, {});
  }

  static v1::Pattern& PatternOf(v1::Tool& tool) { return *tool.mutable_capabilities(0)->mutable_patterns(0); }

  grpc::Status StatusOfValidating(const v1::ValidateToolRequest& request,
                                  v1::ValidateToolResponse* response = nullptr) {
    v1::ValidateToolResponse dropped;
    grpc::ClientContext context;
    return catalog().ValidateTool(&context, request, response == nullptr ? &dropped : response);
  }

  v1::ValidateToolResponse Validate(const v1::ValidateToolRequest& request) {
    v1::ValidateToolResponse response;
    EXPECT_THAT(StatusOfValidating(request, &response), IsOk());
    return response;
  }
};

TEST_F(ValidateTest, AStoredToolIsValid) {
  ASSERT_THAT(Create(catalog(), SampleTool("grep")), IsOk());
  v1::ValidateToolRequest request;
  request.set_tool_name("GREP");
  const v1::ValidateToolResponse response = Validate(request);
  EXPECT_TRUE(response.valid());
  EXPECT_THAT(response.errors(), IsEmpty());
  request.set_version("9.9");
  EXPECT_THAT(StatusOfValidating(request), HasCode(absl::StatusCode::kNotFound));
  request.clear_version();
  request.set_tool_name("sed");
  EXPECT_THAT(StatusOfValidating(request), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(ValidateTest, AStoredToolIsEvaluatedStepByStep) {
  v1::Tool tool = SampleTool("grep");
  PatternOf(tool).set_time_estimate_ms("1000 + 5 * N");
  PatternOf(tool).mutable_policy()->set_requires_background_if("N > 50 and not N > 1000");
  ASSERT_THAT(Create(catalog(), tool), IsOk());
  v1::ValidateToolRequest request;
  request.set_tool_name("grep");
  (*request.mutable_variables())["N"] = 250;
  const v1::ValidateToolResponse response = Validate(request);
  ASSERT_GE(response.evaluations_size(), 2);
  const v1::Evaluation& time = response.evaluations(0);
  EXPECT_EQ(time.path(), "capabilities[0].patterns[0].time_estimate_ms");
  EXPECT_EQ(time.value(), 2250);
  ASSERT_EQ(time.steps_size(), 2);
  EXPECT_EQ(time.steps(0).expression(), "5 * N");
  EXPECT_EQ(time.steps(0).value(), 1250);
  const v1::Evaluation& condition = response.evaluations(response.evaluations_size() - 1);
  EXPECT_EQ(condition.expression(), "N > 50 and not N > 1000");
  EXPECT_EQ(condition.value(), 1);
  EXPECT_EQ(condition.steps_size(), 4);
}

// What is refused, and with which words, does not depend on who asks.
TEST_F(ValidateTest, SaysWhatAWriteSays) {
  v1::Tool tool = SampleTool("grep");
  tool.set_platform("linus");
  PatternOf(tool).set_time_estimate_ms("1 / 0");
  PatternOf(tool).set_cost_estimate("\"a\"*(10**9)");
  PatternOf(tool).mutable_required_inputs(0)->set_validation("^[a-z");
  v1::ValidateToolRequest request;
  *request.mutable_tool() = tool;
  const v1::ValidateToolResponse response = Validate(request);
  EXPECT_FALSE(response.valid());
  ASSERT_EQ(response.errors_size(), 4);
  const std::string refusal(Create(catalog(), tool).status().message());
  for (const v1::ValidationProblem& problem : response.errors()) {
    EXPECT_THAT(refusal, HasSubstr(problem.path() + ": " + problem.message()));
    EXPECT_FALSE(problem.rule().empty());
    EXPECT_FALSE(problem.value().empty());
  }
  EXPECT_EQ(response.errors(0).suggestion(), "linux");
  EXPECT_EQ(Revision(catalog()).value_or(-1), 0);
}

TEST_F(ValidateTest, WarningsDoNotMakeAToolInvalid) {
  v1::ValidateToolRequest request;
  *request.mutable_tool() = SampleTool("grep");
  request.mutable_tool()->clear_capabilities();
  const v1::ValidateToolResponse response = Validate(request);
  EXPECT_TRUE(response.valid());
  ASSERT_EQ(response.warnings_size(), 1);
  EXPECT_EQ(response.warnings(0).path(), "capabilities");
  EXPECT_THAT(Create(catalog(), request.tool()), IsOk());
}

TEST_F(ValidateTest, ImportsReportWarningsWithTheirLines) {
  const auto imported = Import(catalog(), R"(tool_name: grep
description: Finds lines.
platform: linux
category: system
capabilities:
  searching:
    patterns:
      lines:
        time_estimate_ms: 100 + bananas
        limitation: [slow]
)",
                               false);
  ASSERT_THAT(imported, IsOk());
  EXPECT_EQ(imported->imported_count(), 1);
  ASSERT_EQ(imported->warnings_size(), 2);
  EXPECT_EQ(imported->warnings(0).path(), "capabilities[0].patterns[0].time_estimate_ms");
  EXPECT_EQ(imported->warnings(0).line(), 9);
  EXPECT_EQ(imported->warnings(0).tool(), "grep");
  EXPECT_EQ(imported->warnings(1).path(), "capabilities[0].patterns[0].extra.limitation");
  EXPECT_EQ(imported->warnings(1).line(), 10);
  EXPECT_THAT(imported->warnings(1).error(), HasSubstr("did you mean \"limitations\"?"));
}

TEST_F(ValidateTest, RequestsThatBreakARuleAreRefused) {
  const auto refused = HasCode(absl::StatusCode::kInvalidArgument);
  v1::ValidateToolRequest request;
  EXPECT_THAT(StatusOfValidating(request), refused) << "neither tool_name nor tool";
  *request.mutable_tool() = SampleTool("grep");
  request.set_tool_name("grep");
  EXPECT_THAT(StatusOfValidating(request), refused) << "both";
  request.clear_tool_name();
  (*request.mutable_variables())["N"] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(StatusOfValidating(request), refused) << "a variable that is not finite";
  request.clear_variables();
  for (int i = 0; i < 101; ++i) (*request.mutable_variables())["v" + std::to_string(i)] = i;
  EXPECT_THAT(StatusOfValidating(request), refused) << "101 variables";
}

}  // namespace
}  // namespace toolcatalog
