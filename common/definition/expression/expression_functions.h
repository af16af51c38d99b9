#ifndef COMMON_DEFINITION_EXPRESSION_EXPRESSION_FUNCTIONS_H_
#define COMMON_DEFINITION_EXPRESSION_EXPRESSION_FUNCTIONS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// A function that expressions may call.
struct ExpressionFunction {
  absl::string_view name;
  int min_arguments;
  int max_arguments;
  // Returns the value. If the function is not defined for the arguments, sets `*problem` to a text that says so, for
  // example "square root of a negative number"; the returned value then means nothing.
  double (*apply)(const double* arguments, int count, const char** problem);
};

// The function of this name; null if there is none.
const ExpressionFunction* FindFunction(absl::string_view name);
const std::vector<std::string>& FunctionNames();

// `FloorDivide` returns a / b, rounded down; `Remainder` returns a - b * FloorDivide(a, b), which has the sign of `b`.
// `b` must not be 0.
double FloorDivide(double a, double b);
double Remainder(double a, double b);

// `base` to the power of `exponent`. `problem` is as for `ExpressionFunction::apply`.
double Power(double base, double exponent, const char** problem);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_EXPRESSION_EXPRESSION_FUNCTIONS_H_
