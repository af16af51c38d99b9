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
  // The value; arguments outside of its domain are named in `problem`, for example "square root of a negative number".
  double (*apply)(const double* arguments, int count, const char** problem);
};

// Null if there is no function of this name.
const ExpressionFunction* FindFunction(absl::string_view name);
const std::vector<std::string>& FunctionNames();

// Division rounded down, and what is left: it has the sign of `b`, which must not be 0.
double FloorDivide(double a, double b);
double Remainder(double a, double b);

// `base` to the power of `exponent`; see `ExpressionFunction::apply`.
double Power(double base, double exponent, const char** problem);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_EXPRESSION_EXPRESSION_FUNCTIONS_H_
