#ifndef COMMON_DEFINITION_EXPRESSION_EXPRESSION_PARSER_H_
#define COMMON_DEFINITION_EXPRESSION_EXPRESSION_PARSER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/definition/expression/expression_code.h"

namespace toolcatalog {

// Turns the text of an expression into instructions. A text of a condition may compare, and use `and or not true
// false`. INVALID_ARGUMENT that names the first thing wrong and the character where it stands, counted from 1; metadata
// `suggestion` of its `google.rpc.ErrorInfo` is what was probably meant.
absl::StatusOr<ExpressionCode> ParseExpression(absl::string_view text, bool is_condition);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_EXPRESSION_EXPRESSION_PARSER_H_
