#ifndef COMMON_DEFINITION_EXPRESSION_EXPRESSION_PARSER_H_
#define COMMON_DEFINITION_EXPRESSION_EXPRESSION_PARSER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/definition/expression/expression_code.h"

namespace toolcatalog {

// Turns the text of an expression into instructions. Only a condition may compare values and use `and or not true
// false`. If the text is wrong, returns INVALID_ARGUMENT for the first error. The message names the character, counted
// from 1. The metadata key `suggestion` of its `google.rpc.ErrorInfo` is what was probably meant, if that is known.
absl::StatusOr<ExpressionCode> ParseExpression(absl::string_view text, bool is_condition);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_EXPRESSION_EXPRESSION_PARSER_H_
