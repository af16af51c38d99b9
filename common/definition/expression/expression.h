#ifndef COMMON_DEFINITION_EXPRESSION_EXPRESSION_H_
#define COMMON_DEFINITION_EXPRESSION_EXPRESSION_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/definition/expression/expression_code.h"

namespace toolcatalog {

// An expression of a definition, such as `1000 + 5 * N`, or a condition, such as `N > 50`.
//
// From weak to strong: `or`; `and`; `not`; `< <= > >= == !=`, which do not chain; `+ -`; `* / // %`; the signs `+ -`;
// `**`, which groups to the right. The first four are for conditions only. `//` rounds down, `%` has the sign of the
// divisor. Functions: log(x[, base]) log10 log2 sqrt min max abs ceil floor exp. Constants: pi e. Every other name is a
// variable. Bounds stand in `definition_limits.h`: time and memory that an expression takes are small, whatever its
// text. Immutable.
class Expression {
 public:
  enum class Kind { kNumber, kCondition };
  using Variables = absl::flat_hash_map<std::string, double>;

  // An operation that was carried out, and its value: 1 and 0 for true and false.
  struct Step {
    std::string expression;
    double value;
  };

  // INVALID_ARGUMENT that names what is wrong and the character where it stands, counted from 1, for example
  // `unknown function "sin" at character 5`.
  static absl::StatusOr<Expression> Parse(absl::string_view text, Kind kind);

  // Each variable once, in the order of their first use.
  const std::vector<std::string>& variables() const { return code_.variables; }

  // The value, finite; 1 and 0 for true and false. Appends the operations to `steps` unless it is null.
  // INVALID_ARGUMENT that names the character for a variable without value, a division by zero, an argument outside of
  // a function's domain, a result that is not finite; `steps` has what went before.
  absl::StatusOr<double> Evaluate(const Variables& variables, std::vector<Step>* steps) const;

 private:
  Expression(absl::string_view text, ExpressionCode code) : text_(text), code_(std::move(code)) {}

  std::string text_;
  ExpressionCode code_;
};

// What was probably meant by an expression that `Parse` refused; "" = no idea.
std::string SuggestionOf(const absl::Status& status);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_EXPRESSION_EXPRESSION_H_
