#ifndef COMMON_DEFINITION_VALIDATION_EXPRESSION_CHECKER_H_
#define COMMON_DEFINITION_VALIDATION_EXPRESSION_CHECKER_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "common/definition/validation/field_checker.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The estimates of a pattern that have no variables, and so are the same for every call; nullopt for the others.
struct ConstantEstimates {
  std::optional<double> time_ms;
  std::optional<double> cost;
};

// Checks the syntax of the three expressions of a pattern. An expression without variables must also have a value, and
// an estimate without variables must not be negative. Warns of a variable that nothing gives a value to: it is not an
// input of the pattern, and its name is not a measure (see `IsMeasure`). The checker's path must be at the pattern.
ConstantEstimates CheckExpressions(FieldChecker& checker, const v1::Pattern& pattern);

// Whether the name of a variable says that it is a measure, which a caller can know although it is not an input. These
// are `N` (the number of items), `pages`, and names with a quantity or unit in them, such as `num_files`,
// `packet_count`, `file_size_kb`, `duration_ms`, `p95_latency`.
bool IsMeasure(absl::string_view variable);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_EXPRESSION_CHECKER_H_
