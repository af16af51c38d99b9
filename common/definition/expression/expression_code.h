#ifndef COMMON_DEFINITION_EXPRESSION_EXPRESSION_CODE_H_
#define COMMON_DEFINITION_EXPRESSION_EXPRESSION_CODE_H_

#include <string>
#include <vector>

#include "common/definition/expression/expression_functions.h"

namespace toolcatalog {

// An expression as instructions for a machine with a stack of numbers. True is 1, false is 0.
struct ExpressionCode {
  enum class Op {
    // These put a number on the stack.
    kNumber,
    kVariable,
    // These replace the top by a result.
    kNegate,
    kNot,
    // These replace the two numbers at the top by a result.
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
    // Takes `count` numbers, the arguments of `function`.
    kCall,
    // If the top of the stack is false (or true), continues at the instruction with the index `count`. Otherwise
    // removes the top.
    kSkipIfFalse,
    kSkipIfTrue,
    // Ends an `and` or `or`. Its value is the top of the stack.
    kDecided,
  };

  struct Instruction {
    Op op;
    // Where the operator, function or variable stands, as a byte offset in the text; errors name it.
    int place;
    // The part of the text whose value the instruction computes, as byte offsets; `end` is the byte after it.
    int begin;
    int end;
    // The value of `kNumber`.
    double number = 0;
    // By `op`: the index of a variable, the index of the instruction to continue at, or the number of arguments.
    int count = 0;
    const ExpressionFunction* function = nullptr;
  };

  std::vector<Instruction> instructions;
  // The names of the variables, each once, in the order of their first use.
  std::vector<std::string> variables;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_EXPRESSION_EXPRESSION_CODE_H_
