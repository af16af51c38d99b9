#include "common/text.h"

#include <utf8proc.h>

#include <charconv>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace toolcatalog {
namespace {

constexpr int kQuotedCharacters = 60;

const utf8proc_property_t& PropertyOf(char32_t character) {
  return *utf8proc_get_property(static_cast<utf8proc_int32_t>(character));
}

bool ChangesDirection(const utf8proc_property_t& property) {
  switch (property.bidi_class) {
    case UTF8PROC_BIDI_CLASS_LRE:
    case UTF8PROC_BIDI_CLASS_LRO:
    case UTF8PROC_BIDI_CLASS_RLE:
    case UTF8PROC_BIDI_CLASS_RLO:
    case UTF8PROC_BIDI_CLASS_PDF:
    case UTF8PROC_BIDI_CLASS_LRI:
    case UTF8PROC_BIDI_CLASS_RLI:
    case UTF8PROC_BIDI_CLASS_FSI:
    case UTF8PROC_BIDI_CLASS_PDI:
      return true;
    default:
      return false;
  }
}

}  // namespace

char32_t NextCodePoint(absl::string_view& text) {
  utf8proc_int32_t character = static_cast<unsigned char>(text[0]);
  utf8proc_ssize_t length = 1;
  if (character >= 0x80) {
    length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                              static_cast<utf8proc_ssize_t>(text.size()), &character);
  }
  text.remove_prefix(length < 0 ? 1 : static_cast<size_t>(length));
  return length < 0 ? kInvalidCodePoint : static_cast<char32_t>(character);
}

size_t FindInvalidUtf8(absl::string_view text) {
  absl::string_view rest = text;
  while (!rest.empty()) {
    const size_t offset = text.size() - rest.size();
    if (NextCodePoint(rest) == kInvalidCodePoint) return offset;
  }
  return absl::string_view::npos;
}

size_t CountCharacters(absl::string_view text) {
  size_t count = 0;
  for (const char byte : text) count += (byte & 0xC0) != 0x80;
  return count;
}

bool IsForbidden(char32_t character) {
  if (character == '\t' || character == '\n' || character == '\r') return false;
  return character == kInvalidCodePoint || PropertyOf(character).category == UTF8PROC_CATEGORY_CC;
}

bool IsPrintable(char32_t character) {
  constexpr char32_t kByteOrderMark = 0xFEFF;
  if (character == kByteOrderMark || character == kInvalidCodePoint) return false;
  if ((character & 0xFFFE) == 0xFFFE) return false;  // no character, in each plane
  const utf8proc_property_t& property = PropertyOf(character);
  switch (property.category) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return !ChangesDirection(property);
  }
}

absl::string_view CutAtCharacter(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = max_bytes;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string CodePointName(char32_t character) { return absl::StrFormat("U+%04X", static_cast<uint32_t>(character)); }

std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (int i = 0; !text.empty(); ++i) {
    if (i == kQuotedCharacters) {
      quoted += "...";
      break;
    }
    const absl::string_view before = text;
    const char32_t character = NextCodePoint(text);
    if (IsPrintable(character)) {
      absl::StrAppend(&quoted, before.substr(0, before.size() - text.size()));
    } else {
      absl::StrAppend(&quoted, "<", character == kInvalidCodePoint ? "not UTF-8" : CodePointName(character), ">");
    }
  }
  return quoted + "\"";
}

std::string FormatNumber(double number) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof(buffer), number).ptr);
}

}  // namespace toolcatalog
