#ifndef COMMON_TEXT_H_
#define COMMON_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// What `NextCodePoint` returns for bytes that are not UTF-8.
inline constexpr char32_t kInvalidCodePoint = 0xFFFFFFFF;

// Removes the first character from `text`, which must not be empty, and returns it. Of bytes that are not UTF-8 it
// removes one.
char32_t NextCodePoint(absl::string_view& text);

// Offset of the first byte of `text` that is not UTF-8; npos if there is none.
size_t FindInvalidUtf8(absl::string_view text);

// Number of characters (code points).
size_t CountCharacters(absl::string_view text);

// Whether definitions refuse the character everywhere: U+0000 and the control characters but tab, newline and carriage
// return.
bool IsForbidden(char32_t character);

// Whether a short text may hold the character: no control, line break, byte order mark, or character that changes the
// writing direction.
bool IsPrintable(char32_t character);

// The first characters of `text`, at most `max_bytes` long.
absl::string_view CutAtCharacter(absl::string_view text, size_t max_bytes);

// "U+0007".
std::string CodePointName(char32_t character);

// `text` in quotes for an error message: cut to 60 characters, unprintable ones as U+ names.
std::string Quoted(absl::string_view text);

// Shortest decimal form that reads back as the same number.
std::string FormatNumber(double number);

}  // namespace toolcatalog

#endif  // COMMON_TEXT_H_
