#ifndef COMMON_DEFINITION_EXPRESSION_EXPRESSION_CODE_H_
#define COMMON_DEFINITION_EXPRESSION_EXPRESSION_CODE_H_

#include <string>
#include <vector>

#include "common/definition/expression/expression_functions.h"

namespace toolcatalog {

// An expression as instructions for a stack of numbers. Conditions are 1 and 0.
struct ExpressionCode {
  enum class Op {
    // These put one number on the stack.
    kNumber,
    kVariable,
    // These take one.
    kNegate,
    kNot,
    // These take two.
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kFloorDivide,
    kRemainder,
    kPower,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kEqual,
    kNotEqual,
    // Takes `count`.
    kCall,
    // If the top is false (true), goes on at `target`, else drops it.
    kSkipIfFalse,
    kSkipIfTrue,
    // Ends an `and` or `or`, whose value is on the top.
    kDecided,
  };

  struct Instruction {
    Op op;
    // Byte at which the operator, function or variable stands, for errors.
    int place;
    // Bytes of the text from `begin` to `end` have this value.
    int begin;
    int end;
    double number = 0;
    // Index of a variable, place to go on at, or count of arguments.
    int count = 0;
    const ExpressionFunction* function = nullptr;
  };

  std::vector<Instruction> instructions;
  // Each once, in the order of their first use.
  std::vector<std::string> variables;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_EXPRESSION_EXPRESSION_CODE_H_
