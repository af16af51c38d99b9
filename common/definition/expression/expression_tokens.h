#ifndef COMMON_DEFINITION_EXPRESSION_EXPRESSION_TOKENS_H_
#define COMMON_DEFINITION_EXPRESSION_EXPRESSION_TOKENS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

struct ExpressionToken {
  enum Kind { kEnd, kNumber, kName, kSymbol };
  Kind kind;
  // A symbol that no expression has is one character of any kind.
  absl::string_view text;
  // Byte at which it stands. All before the first symbol that is not ASCII is, so it counts characters up to there.
  int begin;
};

// Splits the text of an expression, which must outlive it, into tokens, and keeps the first error. Not thread-safe.
class ExpressionTokens {
 public:
  explicit ExpressionTokens(absl::string_view text) : text_(text) { Advance(); }

  const ExpressionToken& current() const { return current_; }
  bool IsWord(absl::string_view word) const;
  bool IsSymbol(absl::string_view symbol) const;

  // Goes on to the next token; answers where the one taken stood.
  int Take();
  // Whether it was this symbol, which then is taken.
  bool TakeSymbol(absl::string_view symbol);
  // Where the last token taken ended.
  int end() const { return end_; }

  // Keeps "`problem` at character ..." as the error, if it is the first; the current token becomes the end in any case.
  void Fail(absl::string_view problem, int place, absl::string_view suggestion = "");
  // The current token is not what is needed.
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
