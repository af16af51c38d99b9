#include "common/definition/expression/expression_parser.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/definition/definition_limits.h"
#include "common/definition/expression/expression_tokens.h"
#include "common/near_miss.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

using Op = ExpressionCode::Op;
using Instruction = ExpressionCode::Instruction;
using Token = ExpressionToken;

struct Operator {
  absl::string_view symbol;
  Op op;
};
constexpr Operator kComparisons[] = {{"<", Op::kLess},    {"<=", Op::kLessOrEqual},
                                     {">", Op::kGreater}, {">=", Op::kGreaterOrEqual},
                                     {"==", Op::kEqual},  {"!=", Op::kNotEqual}};
constexpr Operator kSums[] = {{"+", Op::kAdd}, {"-", Op::kSubtract}};
constexpr Operator kProducts[] = {
    {"*", Op::kMultiply}, {"/", Op::kDivide}, {"//", Op::kFloorDivide}, {"%", Op::kRemainder}};

constexpr double kPi = 3.14159265358979323846, kE = 2.71828182845904523536;

// Recursive descent. The first error empties the rest of the text, which ends every loop; each recursion counts its
// depth.
class Parser : private ExpressionTokens {
 public:
  Parser(absl::string_view text, bool is_condition) : ExpressionTokens(text), is_condition_(is_condition) {}

  absl::StatusOr<ExpressionCode> Parse() {
    const Operand whole = ParseWhole();
    if (current().kind != Token::kEnd) FailAtRest();
    if (is_condition_ && !whole.is_condition) Fail("a condition such as N > 50 is needed, not a number,", whole.begin);
    if (!status().ok()) return status();
    return std::move(code_);
  }

 private:
  // A part of the text from `begin` to the end of the last token taken.
  struct Operand {
    int begin;
    bool is_condition;
  };

  // Counts a level of nesting as long as it lives.
  class Level {
   public:
    Level(Parser* parser, int place) : parser_(*parser) {
      if (++parser_.depth_ <= kMaxExpressionDepth) return;
      parser_.Fail(absl::StrCat("more than ", kMaxExpressionDepth, " levels of nesting"), place);
    }
    ~Level() { --parser_.depth_; }

   private:
    Parser& parser_;
  };

  template <size_t kCount>
  const Operator* FindOperator(const Operator (&operators)[kCount]) const {
    if (current().kind != Token::kSymbol) return nullptr;
    const auto found =
        std::find_if(operators, operators + kCount, [this](const Operator& o) { return o.symbol == current().text; });
    return found == operators + kCount ? nullptr : found;
  }

  void FailAtRest() {
    const bool of_conditions = FindOperator(kComparisons) != nullptr || IsWord("and") || IsWord("or") || IsWord("not");
    if (!of_conditions || is_condition_) return FailAtToken("an operator");
    Fail(absl::StrCat(Quoted(current().text), ", which only conditions may have,"), current().begin);
  }

  void RequireNumber(const Operand& operand) {
    if (operand.is_condition) Fail("a number is needed, not a condition,", operand.begin);
  }
  void RequireCondition(const Operand& operand) {
    if (!operand.is_condition) Fail("a condition such as N > 50 is needed, not a number,", operand.begin);
  }

  // Adds an operation; `begin` to the last token is its text.
  Instruction& Emit(Op op, int place, int begin) {
    if (++operations_ > kMaxExpressionSteps) {
      Fail(absl::StrCat("more than ", kMaxExpressionSteps, " operations"), place);
    }
    code_.instructions.push_back({op, place, begin, end()});
    return code_.instructions.back();
  }

  Instruction& EmitValue(Op op, int place) {
    code_.instructions.push_back({op, place, place, end()});
    return code_.instructions.back();
  }

  Operand ParseWhole() { return is_condition_ ? ParseOr() : ParseSum(); }

  Operand ParseOr() {
    return ParseJoined("or", Op::kSkipIfTrue,
                       [this] { return ParseJoined("and", Op::kSkipIfFalse, [this] { return ParseNot(); }); });
  }

  template <typename ParsePart>
  Operand ParseJoined(absl::string_view word, Op skip, ParsePart parse_part) {
    Operand left = parse_part();
    while (IsWord(word)) {
      RequireCondition(left);
      const int place = Take();
      const size_t skipping = code_.instructions.size();
      EmitValue(skip, place);
      const Operand right = parse_part();
      RequireCondition(right);
      code_.instructions[skipping].count = static_cast<int>(code_.instructions.size());
      Emit(Op::kDecided, place, left.begin);
    }
    return left;
  }

  Operand ParseNot() {
    if (!IsWord("not")) return ParseComparison();
    const Level level(this, current().begin);
    const int place = Take();
    RequireCondition(ParseNot());
    Emit(Op::kNot, place, place);
    return {place, true};
  }

  Operand ParseComparison() {
    const Operand left = ParseSum();
    const Operator* comparison = FindOperator(kComparisons);
    if (comparison == nullptr) return left;
    const int place = Take();
    RequireNumber(left);
    RequireNumber(ParseSum());
    Emit(comparison->op, place, left.begin);
    if (FindOperator(kComparisons) != nullptr) {
      Fail("a second comparison, which \"and\" must join,", current().begin, "and");
    }
    return {left.begin, true};
  }

  Operand ParseSum() {
    return ParseChain(kSums, [this] { return ParseChain(kProducts, [this] { return ParseSigned(); }); });
  }

  // Operators that group to the left.
  template <size_t kCount, typename ParsePart>
  Operand ParseChain(const Operator (&operators)[kCount], ParsePart parse_part) {
    const Operand left = parse_part();
    while (const Operator* found = FindOperator(operators)) {
      RequireNumber(left);
      const int place = Take();
      RequireNumber(parse_part());
      Emit(found->op, place, left.begin);
    }
    return left;
  }

  Operand ParseSigned() {
    const bool negative = IsSymbol("-");
    if (!negative && !IsSymbol("+")) return ParsePower();
    const Level level(this, current().begin);
    const int place = Take();
    RequireNumber(ParseSigned());
    if (negative) Emit(Op::kNegate, place, place);
    return {place, false};
  }

  Operand ParsePower() {
    const Operand base = ParsePrimary();
    if (!IsSymbol("**")) return base;
    const Level level(this, current().begin);
    RequireNumber(base);
    const int place = Take();
    RequireNumber(ParseSigned());
    Emit(Op::kPower, place, base.begin);
    return base;
  }

  Operand ParsePrimary() {
    const int begin = current().begin;
    if (current().kind == Token::kNumber) return ParseNumber();
    if (current().kind == Token::kName) return ParseName();
    if (!TakeSymbol("(")) {
      FailAtToken("a value");
      return {begin, false};
    }
    const Level level(this, begin);
    const Operand inner = ParseWhole();
    if (!TakeSymbol(")")) FailAtRestOr("\")\"");
    return {begin, inner.is_condition};
  }

  // Something stands where `expected` should: a comparison in a number is told apart.
  void FailAtRestOr(absl::string_view expected) {
    if (current().kind == Token::kEnd) return FailAtToken(expected);
    FailAtRest();
  }

  Operand ParseNumber() {
    double number = 0;
    const absl::string_view text = current().text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const int begin = current().begin;
    if (error == std::errc::result_out_of_range)
      Fail("a number that is too large or too small", begin);
    else if (error != std::errc() || end != text.data() + text.size())
      FailAtToken("a number");
    else
      Take();
    EmitValue(Op::kNumber, begin).number = number;
    return {begin, false};
  }

  Operand ParseName() {
    const std::string name(current().text);
    const int begin = current().begin;
    if (name == "and" || name == "or" || name == "not") {
      FailAtRest();
      return {begin, false};
    }
    Take();
    if (IsSymbol("(")) return ParseCall(name, begin);
    if (FindFunction(name) != nullptr) Fail(absl::StrCat("no \"(\" after function ", Quoted(name)), begin);
    const bool truth = is_condition_ && (name == "true" || name == "false");
    if (truth || name == "pi" || name == "e") {
      EmitValue(Op::kNumber, begin).number = truth ? name == "true" : name == "pi" ? kPi : kE;
    } else {
      EmitValue(Op::kVariable, begin).count = IndexOf(name);
    }
    return {begin, truth};
  }

  int IndexOf(const std::string& variable) {
    auto& variables = code_.variables;
    const auto found = std::find(variables.begin(), variables.end(), variable);
    const int index = static_cast<int>(found - variables.begin());
    if (found == variables.end()) variables.push_back(variable);
    return index;
  }

  Operand ParseCall(const std::string& name, int begin) {
    const ExpressionFunction* function = FindFunction(name);
    if (function == nullptr) {
      Fail(absl::StrCat("unknown function ", Quoted(name)), begin, NearestWord(name, FunctionNames()));
      return {begin, false};
    }
    const Level level(this, begin);
    Take();
    int count = 0;
    if (!IsSymbol(")")) {
      do {
        RequireNumber(ParseWhole());
        ++count;
      } while (TakeSymbol(","));
    }
    if (!TakeSymbol(")")) FailAtRestOr("\")\"");
    if (count < function->min_arguments || count > function->max_arguments) FailAtCount(*function, count, begin);
    Instruction& call = Emit(Op::kCall, begin, begin);
    call.function = function;
    call.count = count;
    return {begin, false};
  }

  void FailAtCount(const ExpressionFunction& function, int count, int place) {
    const std::string needs = function.min_arguments == function.max_arguments ? absl::StrCat(function.min_arguments)
                              : function.max_arguments > kMaxEntries
                                  ? absl::StrCat(function.min_arguments, " or more")
                                  : absl::StrCat(function.min_arguments, " to ", function.max_arguments);
    Fail(absl::StrCat(count, " arguments for function ", Quoted(function.name), ", which takes ", needs, ","), place);
  }

  const bool is_condition_;
  ExpressionCode code_;
  int depth_ = 0;
  int operations_ = 0;
};

}  // namespace

absl::StatusOr<ExpressionCode> ParseExpression(absl::string_view text, bool is_condition) {
  if (text.size() > 4 * kMaxExpressionCharacters || CountCharacters(text) > kMaxExpressionCharacters) {
    return absl::InvalidArgumentError(
        absl::StrCat("must have at most ", kMaxExpressionCharacters, " characters, got ", CountCharacters(text)));
  }
  return Parser(text, is_condition).Parse();
}

}  // namespace toolcatalog
