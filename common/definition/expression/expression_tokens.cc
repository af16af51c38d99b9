#include "common/definition/expression/expression_tokens.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr absl::string_view kLongSymbols[] = {"**", "//", "<=", ">=", "==", "!=", "&&", "||"};

// What other languages write, and ours.
constexpr std::pair<absl::string_view, absl::string_view> kForeignSymbols[] = {
    {"=", "=="}, {"&&", "and"}, {"||", "or"}, {"!", "not"}, {"^", "**"}};

bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

size_t NameSize(absl::string_view text) {
  size_t size = 0;
  while (size < text.size() && (IsLetter(text[size]) || IsDigit(text[size]))) ++size;
  return size;
}

// A number with all that adheres to it: "1e-5", but also "2N" or "1.2.3", which are none.
size_t NumberSize(absl::string_view text) {
  size_t size = 0;
  while (size < text.size()) {
    const bool sign_of_exponent =
        size > 0 && (text[size] == '+' || text[size] == '-') && (text[size - 1] == 'e' || text[size - 1] == 'E');
    if (!IsLetter(text[size]) && !IsDigit(text[size]) && text[size] != '.' && !sign_of_exponent) break;
    ++size;
  }
  return size;
}

size_t SymbolSize(absl::string_view text) {
  for (const absl::string_view symbol : kLongSymbols) {
    if (absl::StartsWith(text, symbol)) return symbol.size();
  }
  absl::string_view rest = text;
  NextCodePoint(rest);
  return text.size() - rest.size();
}

}  // namespace

void ExpressionTokens::Advance() {
  while (next_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[next_]))) ++next_;
  const absl::string_view rest = text_.substr(next_);
  current_ = {ExpressionToken::kEnd, rest.substr(0, 0), static_cast<int>(next_)};
  if (rest.empty()) return;
  size_t size = 0;
  if (IsLetter(rest[0])) {
    current_.kind = ExpressionToken::kName;
    size = NameSize(rest);
  } else if (IsDigit(rest[0]) || (rest[0] == '.' && rest.size() > 1 && IsDigit(rest[1]))) {
    current_.kind = ExpressionToken::kNumber;
    size = NumberSize(rest);
  } else {
    current_.kind = ExpressionToken::kSymbol;
    size = SymbolSize(rest);
  }
  current_.text = rest.substr(0, size);
  next_ += size;
}

bool ExpressionTokens::IsWord(absl::string_view word) const {
  return current_.kind == ExpressionToken::kName && current_.text == word;
}

bool ExpressionTokens::IsSymbol(absl::string_view symbol) const {
  return current_.kind == ExpressionToken::kSymbol && current_.text == symbol;
}

int ExpressionTokens::Take() {
  const int begin = current_.begin;
  end_ = begin + static_cast<int>(current_.text.size());
  Advance();
  return begin;
}

bool ExpressionTokens::TakeSymbol(absl::string_view symbol) {
  if (!IsSymbol(symbol)) return false;
  Take();
  return true;
}

void ExpressionTokens::Fail(absl::string_view problem, int place, absl::string_view suggestion) {
  if (status_.ok()) {
    status_ = absl::InvalidArgumentError(absl::StrCat(problem, " at character ", place + 1));
    if (!suggestion.empty()) status_ = WithMetadata(status_, {{"suggestion", std::string(suggestion)}});
  }
  next_ = text_.size();
  Advance();
}

void ExpressionTokens::FailAtToken(absl::string_view needed) {
  if (current_.kind == ExpressionToken::kEnd) return Fail(absl::StrCat(needed, " is missing"), current_.begin);
  const auto* foreign = std::find_if(std::begin(kForeignSymbols), std::end(kForeignSymbols),
                                     [this](const auto& symbol) { return symbol.first == current_.text; });
  Fail(absl::StrCat("unexpected ", Quoted(current_.text)), current_.begin,
       foreign == std::end(kForeignSymbols) ? "" : foreign->second);
}

}  // namespace toolcatalog
