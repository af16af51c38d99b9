#ifndef COMMON_DEFINITION_EXPRESSION_EXPRESSION_TOKENS_H_
#define COMMON_DEFINITION_EXPRESSION_EXPRESSION_TOKENS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// A word, number or symbol of an expression.
struct ExpressionToken {
  enum Kind { kEnd, kNumber, kName, kSymbol };
  Kind kind;
  // A part of the expression's text. A character that belongs to no token of the language is a symbol of its own.
  absl::string_view text;
  // Its byte offset in the text. The first token that is not ASCII is an error, so until there bytes are characters.
  int begin;
};

// Splits the text of an expression into tokens, and keeps the first error. The text must outlive the object. Not
// thread-safe.
class ExpressionTokens {
 public:
  explicit ExpressionTokens(absl::string_view text) : text_(text) { Advance(); }

  const ExpressionToken& current() const { return current_; }
  bool IsWord(absl::string_view word) const;
  bool IsSymbol(absl::string_view symbol) const;

  // Takes the current token: the next one becomes current. Returns the offset of the token that was taken.
  int Take();
  // Takes the current token if it is this symbol, and returns whether it was.
  bool TakeSymbol(absl::string_view symbol);
  // The offset after the last token that was taken.
  int end() const { return end_; }

  // Sets the error to "`problem` at character N", unless there is one already. The current token becomes `kEnd`, so
  // that parsing stops. `place` is a byte offset; `suggestion` is what was probably meant, or "".
  void Fail(absl::string_view problem, int place, absl::string_view suggestion = "");
  // Fails because the current token is not what is needed. `needed` names that, for example "a number".
  void FailAtToken(absl::string_view needed);
  const absl::Status& status() const { return status_; }

 private:
  void Advance();

  absl::string_view text_;
  size_t next_ = 0;
  int end_ = 0;
  ExpressionToken current_;
  absl::Status status_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_EXPRESSION_EXPRESSION_TOKENS_H_
