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
// The operators, from the one that binds least to the one that binds most:
//  - `or`, then `and`, then `not`, then `< <= > >= == !=`: for conditions only. `a < b < c` is an error;
//  - `+ -`;
//  - `* / // %`: `//` rounds the quotient down; the result of `%` has the sign of the divisor;
//  - the signs `+ -`;
//  - `**`: `a ** b ** c` is `a ** (b ** c)`.
// Functions: log(x[, base]) log10 log2 sqrt min max abs ceil floor exp. Constants: pi e. Every other name is a
// variable.
//
// The bounds in `definition_limits.h` keep the time and memory for an expression small, whatever its text is.
// Immutable, so thread-safe.
class Expression {
 public:
  enum class Kind { kNumber, kCondition };
  using Variables = absl::flat_hash_map<std::string, double>;

  // An operation that was carried out: its text, and its value. True is 1, false is 0.
  struct Step {
    std::string expression;
    double value;
  };

  // INVALID_ARGUMENT if the text is not such an expression. The message says what is wrong and at which character,
  // counted from 1: `unknown function "sin" at character 5`.
  static absl::StatusOr<Expression> Parse(absl::string_view text, Kind kind);

  // The names of the variables, each once, in the order of their first use.
  const std::vector<std::string>& variables() const { return code_.variables; }

  // Returns the value, which is finite. True is 1, false is 0. Appends each operation to `steps`, unless `steps` is
  // null. INVALID_ARGUMENT, with the character, for a variable without a value, a division by zero, an argument that a
  // function is not defined for, and a result that is not finite. `steps` then has the operations before the error.
  absl::StatusOr<double> Evaluate(const Variables& variables, std::vector<Step>* steps) const;

 private:
  Expression(absl::string_view text, ExpressionCode code) : text_(text), code_(std::move(code)) {}

  std::string text_;
  ExpressionCode code_;
};

// What was probably meant by the word or symbol that `Parse` refused with `status`; "" if that is not known.
std::string SuggestionOf(const absl::Status& status);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_EXPRESSION_EXPRESSION_H_
