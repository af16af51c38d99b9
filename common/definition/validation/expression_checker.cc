#include "common/definition/validation/expression_checker.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/definition/expression/expression.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

using Kind = Expression::Kind;

constexpr absl::string_view kMeasures[] = {"N", "pages"};
// Each makes a name with it, between underscores, a measure.
constexpr absl::string_view kQuantities[] = {
    "num",     "number", "count", "total",   "size",     "length",   "width", "depth", "bytes",  "kb",   "mb",
    "gb",      "tb",     "ms",    "sec",     "secs",     "seconds",  "min",   "mins",  "hours",  "days", "minutes",
    "latency", "time",   "delay", "timeout", "duration", "interval", "rate",  "ratio", "percent"};

std::vector<std::string> InputsOf(const v1::Pattern& pattern) {
  std::vector<std::string> names;
  for (const v1::Parameter& input : pattern.required_inputs()) names.push_back(input.name());
  for (const v1::Parameter& input : pattern.optional_inputs()) names.push_back(input.name());
  return names;
}

void CheckVariable(FieldChecker& checker, const std::string& variable, const std::vector<std::string>& inputs) {
  if (std::find(inputs.begin(), inputs.end(), variable) != inputs.end()) return;
  std::string suggestion;
  if (IsMeasure(variable)) {
    // One letter, for measures resemble each other.
    if (variable.size() > 3) suggestion = checker.near_misses().WordOneTypoAway(variable, inputs);
    if (suggestion.empty()) return;
  } else {
    suggestion = checker.near_misses().NearestWord(variable, inputs);
    if (suggestion.empty()) {
      suggestion = checker.near_misses().NearestWord(variable, {std::begin(kMeasures), std::end(kMeasures)});
    }
  }
  checker.WarnText("should have variables that are inputs of the pattern or name a measure (N, num_files, duration_ms)",
                   variable, suggestion);
}

void ReportExpression(FieldChecker& checker, const std::string& text, const absl::Status& status) {
  const std::string suggestion = SuggestionOf(status);
  Violation violation = BrokenByText(checker.path().text(), "must be an expression", text, suggestion);
  violation.message = std::string(status.message());
  if (!suggestion.empty()) absl::StrAppend(&violation.message, "; did you mean ", Quoted(suggestion), "?");
  checker.Report(std::move(violation));
}

// The value of an expression without variables.
std::optional<double> CheckExpression(FieldChecker& checker, absl::string_view field, const std::string& text,
                                      Kind kind, const v1::Pattern& pattern) {
  if (text.empty()) return std::nullopt;
  const auto scope = checker.path().Field(field);
  const absl::StatusOr<Expression> expression = Expression::Parse(text, kind);
  if (!expression.ok()) {
    ReportExpression(checker, text, expression.status());
    return std::nullopt;
  }
  if (!expression->variables().empty()) {
    if (checker.HasAllWarnings()) return std::nullopt;
    const std::vector<std::string> inputs = InputsOf(pattern);
    for (const std::string& variable : expression->variables()) {
      if (!checker.HasAllWarnings()) CheckVariable(checker, variable, inputs);
    }
    return std::nullopt;
  }
  const absl::StatusOr<double> value = expression->Evaluate({}, nullptr);
  if (value.ok()) return *value;
  ReportExpression(checker, text, value.status());
  return std::nullopt;
}

std::optional<double> CheckEstimate(FieldChecker& checker, absl::string_view field, const std::string& text,
                                    const v1::Pattern& pattern) {
  const std::optional<double> value = CheckExpression(checker, field, text, Kind::kNumber, pattern);
  if (value.has_value()) checker.CheckNotNegative(field, *value);
  return value;
}

}  // namespace

ConstantEstimates CheckExpressions(FieldChecker& checker, const v1::Pattern& pattern) {
  ConstantEstimates estimates;
  estimates.time_ms = CheckEstimate(checker, "time_estimate_ms", pattern.time_estimate_ms(), pattern);
  estimates.cost = CheckEstimate(checker, "cost_estimate", pattern.cost_estimate(), pattern);
  const auto scope = checker.path().Field("policy");
  CheckExpression(checker, "requires_background_if", pattern.policy().requires_background_if(), Kind::kCondition,
                  pattern);
  return estimates;
}

bool IsMeasure(absl::string_view variable) {
  if (std::find(std::begin(kMeasures), std::end(kMeasures), variable) != std::end(kMeasures)) return true;
  for (const absl::string_view part : absl::StrSplit(variable, '_')) {
    if (std::find(std::begin(kQuantities), std::end(kQuantities), part) != std::end(kQuantities)) return true;
  }
  return false;
}

}  // namespace toolcatalog
