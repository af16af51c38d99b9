#include "common/definition/expression/expression_functions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/definition/definition_limits.h"

namespace toolcatalog {
namespace {

constexpr int kAnyNumber = std::numeric_limits<int>::max();

double Logarithm(double x, double (*logarithm)(double), const char** problem) {
  if (x > 0) return logarithm(x);
  *problem = "logarithm of a number that is not positive";
  return 0;
}

double Log(const double* arguments, int count, const char** problem) {
  const double log = Logarithm(arguments[0], std::log, problem);
  if (count == 1) return log;
  const double base = arguments[1];
  if (base > 0 && base != 1) return log / std::log(base);
  *problem = "logarithm to a base that is not positive, or is 1";
  return 0;
}

double Sqrt(const double* arguments, int, const char** problem) {
  if (arguments[0] >= 0) return std::sqrt(arguments[0]);
  *problem = "square root of a negative number";
  return 0;
}

// In alphabetical order.
constexpr ExpressionFunction kFunctions[] = {
    {"abs", 1, 1, [](const double* a, int, const char**) { return std::fabs(a[0]); }},
    {"ceil", 1, 1, [](const double* a, int, const char**) { return std::ceil(a[0]); }},
    {"exp", 1, 1, [](const double* a, int, const char**) { return std::exp(a[0]); }},
    {"floor", 1, 1, [](const double* a, int, const char**) { return std::floor(a[0]); }},
    {"log", 1, 2, Log},
    {"log10", 1, 1, [](const double* a, int, const char** problem) { return Logarithm(a[0], std::log10, problem); }},
    {"log2", 1, 1, [](const double* a, int, const char** problem) { return Logarithm(a[0], std::log2, problem); }},
    {"max", 2, kAnyNumber, [](const double* a, int count, const char**) { return *std::max_element(a, a + count); }},
    {"min", 2, kAnyNumber, [](const double* a, int count, const char**) { return *std::min_element(a, a + count); }},
    {"sqrt", 1, 1, Sqrt},
};

}  // namespace

const ExpressionFunction* FindFunction(absl::string_view name) {
  for (const ExpressionFunction& function : kFunctions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

const std::vector<std::string>& FunctionNames() {
  static const auto& names = *[] {
    auto* all = new std::vector<std::string>;
    for (const ExpressionFunction& function : kFunctions) all->emplace_back(function.name);
    return all;
  }();
  return names;
}

double Remainder(double a, double b) {
  const double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

// Not floor(a / b): the quotient may be rounded up to the next whole number.
double FloorDivide(double a, double b) { return std::round((a - Remainder(a, b)) / b); }

double Power(double base, double exponent, const char** problem) {
  if (std::fabs(exponent) > kMaxExponent) {
    *problem = "exponent beyond 100";
  } else if (base == 0 && exponent < 0) {
    *problem = "division by zero";
  } else if (base < 0 && std::floor(exponent) != exponent) {
    *problem = "broken power of a negative number";
  } else {
    return std::pow(base, exponent);
  }
  return 0;
}

}  // namespace toolcatalog
