#include "common/natural_order.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace toolcatalog {
namespace {

// In their order: "2.0-rc1" ends with `kUnfinished` where "2.0" ends with `kEnd`.
enum Kind { kUnfinished, kEnd, kMark, kLetters, kNumber };

struct Part {
  Kind kind = kEnd;
  // Digits without leading zeros, letters, or one mark.
  absl::string_view text;
};

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

template <typename Belongs>
absl::string_view TakeWhile(absl::string_view& text, Belongs belongs) {
  const size_t length = std::find_if_not(text.begin(), text.end(), belongs) - text.begin();
  const absl::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

// Removes the first part from `text`.
Part NextPart(absl::string_view& text) {
  if (text.empty()) return {};
  if (IsDigit(text[0])) {
    absl::string_view digits = TakeWhile(text, IsDigit);
    while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
    return {kNumber, digits};
  }
  if (IsLetter(text[0])) return {kLetters, TakeWhile(text, IsLetter)};
  const bool unfinished = text[0] == '-' && text.size() > 1 && IsLetter(text[1]);
  const Part mark{unfinished ? kUnfinished : kMark, text.substr(0, 1)};
  text.remove_prefix(1);
  return mark;
}

int Sign(int value) { return (value > 0) - (value < 0); }

int Compare(const Part& a, const Part& b) {
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.kind == kNumber && a.text.size() != b.text.size()) return a.text.size() < b.text.size() ? -1 : 1;
  return absl::EqualsIgnoreCase(a.text, b.text)
             ? 0
             : Sign(absl::AsciiStrToLower(a.text).compare(absl::AsciiStrToLower(b.text)));
}

}  // namespace

bool NaturalLess(absl::string_view a, absl::string_view b) {
  while (!a.empty() || !b.empty()) {
    const Part left = NextPart(a), right = NextPart(b);
    if (const int order = Compare(left, right); order != 0) return order < 0;
  }
  return false;
}

}  // namespace toolcatalog
