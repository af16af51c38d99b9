#include "common/text.h"

#include <charconv>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace toolcatalog {
namespace {

constexpr int kQuotedCharacters = 60;

bool IsSurrogate(char32_t character) { return character >= 0xD800 && character <= 0xDFFF; }

// Length of the sequence that `lead` starts; 0 if none can start so.
size_t SequenceLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

char32_t NextCodePoint(absl::string_view& text) {
  static constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char lead = text[0];
  const size_t length = SequenceLength(lead);
  char32_t character = length < 2 ? lead : lead & (0x7F >> length);
  bool valid = length > 0 && length <= text.size();
  for (size_t i = 1; valid && i < length; ++i) {
    valid = (text[i] & 0xC0) == 0x80;
    character = character << 6 | (text[i] & 0x3F);
  }
  valid = valid && character >= kSmallest[length] && character <= 0x10FFFF && !IsSurrogate(character);
  text.remove_prefix(valid ? length : 1);
  return valid ? character : kInvalidCodePoint;
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
  return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == kInvalidCodePoint;
}

bool IsPrintable(char32_t character) {
  if (character < 0x20 || IsForbidden(character)) return false;
  if (character == 0x2028 || character == 0x2029 || character == 0xFEFF) return false;
  if ((character & 0xFFFE) == 0xFFFE) return false;
  return !(character >= 0x202A && character <= 0x202E) && !(character >= 0x2066 && character <= 0x2069);
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
