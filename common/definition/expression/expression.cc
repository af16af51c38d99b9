#include "common/definition/expression/expression.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/definition/definition_limits.h"
#include "common/definition/expression/expression_parser.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

using Op = ExpressionCode::Op;
using Instruction = ExpressionCode::Instruction;

// Carries instructions out. Each value takes a character of the text at least, so the stack never gets larger.
class Machine {
 public:
  Machine(const ExpressionCode& code, const Expression::Variables& variables) : code_(code), variables_(variables) {}

  double top() const { return stack_[size_ - 1]; }

  // The problem, if there is one.
  std::string Run(const Instruction& instruction) {
    switch (instruction.op) {
      case Op::kNumber:
        stack_[size_++] = instruction.number;
        return "";
      case Op::kVariable:
        return Load(code_.variables[instruction.count]);
      case Op::kNegate:
        stack_[size_ - 1] = -top();
        return "";
      case Op::kNot:
        stack_[size_ - 1] = top() == 0;
        return "";
      case Op::kCall:
        return Replace(instruction.count, [&](const double* arguments, const char** problem) {
          return instruction.function->apply(arguments, instruction.count, problem);
        });
      case Op::kSkipIfFalse:
      case Op::kSkipIfTrue:
      case Op::kDecided:
        return "";
      default:
        return Replace(2, [&](const double* operands, const char** problem) {
          return Apply(instruction.op, operands[0], operands[1], problem);
        });
    }
  }

  // Whether the rest of an `and` or `or` does not matter; if it does, its value takes the place of the top.
  bool Skips(const Instruction& instruction) {
    if (instruction.op != Op::kSkipIfFalse && instruction.op != Op::kSkipIfTrue) return false;
    if ((top() != 0) == (instruction.op == Op::kSkipIfTrue)) return true;
    --size_;
    return false;
  }

 private:
  std::string Load(const std::string& name) {
    const auto found = variables_.find(name);
    if (found == variables_.end()) return absl::StrCat("no value for variable ", Quoted(name));
    stack_[size_++] = found->second;
    return "";
  }

  template <typename Function>
  std::string Replace(int count, Function function) {
    size_ -= count;
    const char* problem = nullptr;
    const double value = function(stack_ + size_, &problem);
    if (problem != nullptr) return problem;
    stack_[size_++] = value;
    return "";
  }

  static double Apply(Op op, double a, double b, const char** problem) {
    const bool divides = op == Op::kDivide || op == Op::kFloorDivide || op == Op::kRemainder;
    if (divides && b == 0) {
      *problem = "division by zero";
      return 0;
    }
    switch (op) {
      case Op::kAdd:
        return a + b;
      case Op::kSubtract:
        return a - b;
      case Op::kMultiply:
        return a * b;
      case Op::kDivide:
        return a / b;
      case Op::kFloorDivide:
        return FloorDivide(a, b);
      case Op::kRemainder:
        return Remainder(a, b);
      case Op::kPower:
        return Power(a, b, problem);
      case Op::kLess:
        return a < b;
      case Op::kLessOrEqual:
        return a <= b;
      case Op::kGreater:
        return a > b;
      case Op::kGreaterOrEqual:
        return a >= b;
      case Op::kEqual:
        return a == b;
      default:
        return a != b;
    }
  }

  const ExpressionCode& code_;
  const Expression::Variables& variables_;
  double stack_[kMaxExpressionCharacters];
  int size_ = 0;
};

bool IsStep(Op op) {
  return op != Op::kNumber && op != Op::kVariable && op != Op::kSkipIfFalse && op != Op::kSkipIfTrue;
}

}  // namespace

absl::StatusOr<Expression> Expression::Parse(absl::string_view text, Kind kind) {
  absl::StatusOr<ExpressionCode> code = ParseExpression(text, kind == Kind::kCondition);
  if (!code.ok()) return code.status();
  return Expression(text, *std::move(code));
}

absl::StatusOr<double> Expression::Evaluate(const Variables& variables, std::vector<Step>* steps) const {
  Machine machine(code_, variables);
  for (size_t next = 0; next < code_.instructions.size(); ++next) {
    const Instruction& instruction = code_.instructions[next];
    std::string problem = machine.Run(instruction);
    if (problem.empty() && !std::isfinite(machine.top())) problem = "a result that is not a finite number";
    if (!problem.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(problem, " at character ", instruction.place + 1));
    }
    if (steps != nullptr && IsStep(instruction.op)) {
      steps->push_back({text_.substr(instruction.begin, instruction.end - instruction.begin), machine.top()});
    }
    if (machine.Skips(instruction)) next = instruction.count - 1;
  }
  return machine.top();
}

std::string SuggestionOf(const absl::Status& status) { return ErrorMetadata(status, "suggestion"); }

}  // namespace toolcatalog
