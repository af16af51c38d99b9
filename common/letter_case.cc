#include "common/letter_case.h"

#include <locale.h>
#include <wctype.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

// Null where the system lacks it.
locale_t Letters() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

}  // namespace

bool IsLetterOrDigit(char32_t character) {
  if (character < 0x80) return absl::ascii_isalnum(static_cast<unsigned char>(character));
  if (character == kInvalidCodePoint) return false;
  return Letters() == nullptr || iswalnum_l(static_cast<wint_t>(character), Letters()) != 0;
}

void AppendLower(char32_t character, absl::string_view bytes, std::string& out) {
  if (character < 0x80) {
    out.push_back(absl::ascii_tolower(static_cast<unsigned char>(character)));
    return;
  }
  const char32_t lower = Letters() == nullptr || character == kInvalidCodePoint
                             ? character
                             : towlower_l(static_cast<wint_t>(character), Letters());
  if (lower == character) {
    absl::StrAppend(&out, bytes);
  } else if (lower < 0x80) {
    out.push_back(static_cast<char>(lower));
  } else if (lower < 0x800) {
    out.push_back(static_cast<char>(0xC0 | lower >> 6));
    out.push_back(static_cast<char>(0x80 | (lower & 0x3F)));
  } else {
    if (lower >= 0x10000) {
      out.push_back(static_cast<char>(0xF0 | lower >> 18));
      out.push_back(static_cast<char>(0x80 | (lower >> 12 & 0x3F)));
    } else {
      out.push_back(static_cast<char>(0xE0 | lower >> 12));
    }
    out.push_back(static_cast<char>(0x80 | (lower >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (lower & 0x3F)));
  }
}

std::string LowerCase(absl::string_view text) {
  std::string lower;
  absl::string_view rest = text;
  while (!rest.empty()) {
    const absl::string_view before = rest;
    const char32_t character = NextCodePoint(rest);
    AppendLower(character, before.substr(0, before.size() - rest.size()), lower);
  }
  return lower;
}

}  // namespace toolcatalog
