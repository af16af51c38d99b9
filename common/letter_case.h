#ifndef COMMON_LETTER_CASE_H_
#define COMMON_LETTER_CASE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Letters of all languages as utf8proc knows them, whatever the process's locale and the system's C library: tags and
// the words of the search index are stored as these functions make them, so what they answer must not change unless the
// index is made anew.

// Whether the character belongs to a word: a letter, a digit, or a mark or symbol that Unicode counts as alphabetic.
bool IsLetterOrDigit(char32_t character);

// The character in lower case; `kInvalidCodePoint` stays.
char32_t LowerOf(char32_t character);

// Appends the character, whose UTF-8 is `bytes`, in lower case.
void AppendLower(char32_t character, absl::string_view bytes, std::string& out);

// Text in lower case.
std::string LowerCase(absl::string_view text);

}  // namespace toolcatalog

#endif  // COMMON_LETTER_CASE_H_
