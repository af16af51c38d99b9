#ifndef COMMON_TEXT_H_
#define COMMON_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// What `NextCodePoint` returns for a byte that is not part of valid UTF-8.
inline constexpr char32_t kInvalidCodePoint = 0xFFFFFFFF;

// Removes the first character from `text` and returns it. `text` must not be empty. If it begins with bytes that are
// not valid UTF-8, one byte is removed.
char32_t NextCodePoint(absl::string_view& text);

// The offset of the first byte of `text` that is not valid UTF-8; npos if there is none.
size_t FindInvalidUtf8(absl::string_view text);

// The number of characters, which are Unicode code points.
size_t CountCharacters(absl::string_view text);

// Whether no text of a definition may hold the character. Forbidden are the control characters, U+0000 included, except
// tab, newline and carriage return.
bool IsForbidden(char32_t character);

// Whether a short text may hold the character. It may not hold control characters, line breaks, byte order marks and
// characters that change the writing direction.
bool IsPrintable(char32_t character);

// The beginning of `text`, of at most `max_bytes` bytes. It is not cut within a character.
absl::string_view CutAtCharacter(absl::string_view text, size_t max_bytes);

// The name of a character for messages, for example "U+0007".
std::string CodePointName(char32_t character);

// `text` in quotes, for an error message. It is cut to 60 characters; unprintable characters are shown by name.
std::string Quoted(absl::string_view text);

// The shortest decimal text that reads back as the same number.
std::string FormatNumber(double number);

}  // namespace toolcatalog

#endif  // COMMON_TEXT_H_
