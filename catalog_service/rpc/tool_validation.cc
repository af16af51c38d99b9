#include "catalog_service/rpc/tool_validation.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/rpc/mutation_requests.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "common/definition/expression/expression.h"
#include "common/status.h"
#include "common/text.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr int kMaxVariables = 100;
// gRPC carries 4 MiB; the problems take their part.
constexpr size_t kMaxEvaluationBytes = 1 << 20;

bool IsVariableName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxShortTextCharacters && !absl::ascii_isdigit(name[0]) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

void CheckVariables(const google::protobuf::Map<std::string, double>& variables, std::vector<Violation>& violations) {
  if (variables.size() > kMaxVariables) {
    violations.push_back(BrokenByNumber("variables", absl::StrCat("must have at most ", kMaxVariables, " entries"),
                                        absl::StrCat(variables.size())));
    return;
  }
  std::vector<std::string> names;
  for (const auto& variable : variables) names.push_back(variable.first);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (!IsVariableName(name)) {
      violations.push_back(BrokenByText("variables", "must have names of letters, digits and _", name, ""));
    } else if (const double value = variables.at(name); !std::isfinite(value)) {
      violations.push_back(
          BrokenByNumber(absl::StrCat("variables.", name), "must be a finite number", FormatNumber(value)));
    }
  }
}

absl::Status CheckRequest(const v1::ValidateToolRequest& request) {
  std::vector<Violation> violations;
  const bool is_stored = !request.tool_name().empty();
  if (is_stored && request.has_tool()) {
    violations.push_back(BrokenRule("tool", "must not be set together with tool_name"));
  } else if (!is_stored && !request.has_tool()) {
    violations.push_back(BrokenRule("tool_name", "is required where no tool is given"));
  } else if (!is_stored && !request.version().empty()) {
    violations.push_back(BrokenByText("version", "must not be set without tool_name", request.version(), ""));
  }
  CheckVariables(request.variables(), violations);
  return violations.empty() ? absl::OkStatus() : InvalidArgumentError(violations);
}

template <typename Problems>
void AddProblems(std::vector<Violation> violations, Problems* problems) {
  for (Violation& violation : violations) {
    v1::ValidationProblem& problem = *problems->Add();
    problem.set_path(std::move(violation.path));
    problem.set_rule(std::move(violation.rule));
    problem.set_value(std::move(violation.value));
    problem.set_message(std::move(violation.message));
    problem.set_suggestion(std::move(violation.suggestion));
  }
}

// Evaluates the expressions of a tool whose variables are all given, as long as the answer can carry them.
class Evaluations {
 public:
  Evaluations(Expression::Variables variables, v1::ValidateToolResponse* response)
      : variables_(std::move(variables)), response_(*response) {}

  void Add(const v1::Tool& tool) {
    for (int i = 0; i < tool.capabilities_size() && i < kMaxCapabilities; ++i) {
      for (int j = 0; j < tool.capabilities(i).patterns_size() && j < kMaxPatterns; ++j) {
        const v1::Pattern& pattern = tool.capabilities(i).patterns(j);
        const std::string path = absl::StrCat("capabilities[", i, "].patterns[", j, "].");
        Add(path, "time_estimate_ms", pattern.time_estimate_ms(), Expression::Kind::kNumber);
        Add(path, "cost_estimate", pattern.cost_estimate(), Expression::Kind::kNumber);
        Add(path, "policy.requires_background_if", pattern.policy().requires_background_if(),
            Expression::Kind::kCondition);
      }
    }
  }

 private:
  void Add(absl::string_view around, absl::string_view field, const std::string& text, Expression::Kind kind) {
    if (text.empty() || bytes_ > kMaxEvaluationBytes) return;
    const absl::StatusOr<Expression> expression = Expression::Parse(text, kind);
    // What is no expression is among the errors.
    if (!expression.ok() || !HasAll(expression->variables())) return;
    std::vector<Expression::Step> steps;
    const absl::StatusOr<double> value = expression->Evaluate(variables_, &steps);
    v1::Evaluation& evaluation = *response_.add_evaluations();
    evaluation.set_path(absl::StrCat(around, field));
    evaluation.set_expression(text);
    evaluation.set_value(value.value_or(0));
    if (!value.ok()) evaluation.set_error(std::string(value.status().message()));
    for (Expression::Step& step : steps) {
      v1::EvaluationStep& added = *evaluation.add_steps();
      added.set_expression(std::move(step.expression));
      added.set_value(step.value);
    }
    bytes_ += evaluation.ByteSizeLong();
  }

  bool HasAll(const std::vector<std::string>& names) const {
    return std::all_of(names.begin(), names.end(),
                       [this](const std::string& name) { return variables_.contains(name); });
  }

  const Expression::Variables variables_;
  v1::ValidateToolResponse& response_;
  size_t bytes_ = 0;
};

}  // namespace

absl::Status ToolValidation::Validate(const v1::ValidateToolRequest& request, v1::ValidateToolResponse* response) {
  if (absl::Status status = CheckRequest(request); !status.ok()) return status;
  v1::Tool tool = request.tool();
  if (!request.has_tool()) {
    absl::StatusOr<std::string> name_key = RequiredNameKey(request.tool_name());
    if (!name_key.ok()) return name_key.status();
    absl::StatusOr<std::string> version_key = OptionalVersionKey(request.version());
    if (!version_key.ok()) return version_key.status();
    absl::StatusOr<v1::GetToolResponse> stored = reader_.Get(*name_key, *version_key);
    if (!stored.ok()) return stored.status();
    tool = std::move(*stored->mutable_tool());
  }
  NormalizeDefinition(tool);
  auto [errors, warnings] = validator_.Check(tool);
  if (auto reserved = CheckNotReserved("tool_name", tool.tool_name())) errors.push_back(*std::move(reserved));
  response->set_valid(errors.empty());
  AddProblems(std::move(errors), response->mutable_errors());
  AddProblems(std::move(warnings), response->mutable_warnings());
  if (!request.variables().empty()) {
    Evaluations({request.variables().begin(), request.variables().end()}, response).Add(tool);
  }
  return absl::OkStatus();
}

}  // namespace toolcatalog
