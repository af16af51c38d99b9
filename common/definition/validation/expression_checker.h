#ifndef COMMON_DEFINITION_VALIDATION_EXPRESSION_CHECKER_H_
#define COMMON_DEFINITION_VALIDATION_EXPRESSION_CHECKER_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "common/definition/validation/field_checker.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The estimates of a pattern that are the same for every call.
struct ConstantEstimates {
  std::optional<double> time_ms;
  std::optional<double> cost;
};

// Checks the three expressions of a pattern: their syntax, and, of those without variables, that they have a value and
// that an estimate is not negative. Warns of variables that nothing gives a value to: those that are neither an input
// of the pattern nor name a measure, see `IsMeasure`. Expects the checker's path at the pattern.
ConstantEstimates CheckExpressions(FieldChecker& checker, const v1::Pattern& pattern);

// Whether a variable tells by its name that it is a measure which a caller can know without being an input: the number
// of items `N`, `pages`, or a name with a quantity or unit in it, such as `num_files`, `packet_count`, `file_size_kb`,
// `duration_ms`, `p95_latency`.
bool IsMeasure(absl::string_view variable);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_EXPRESSION_CHECKER_H_
