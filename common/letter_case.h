#ifndef COMMON_LETTER_CASE_H_
#define COMMON_LETTER_CASE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Letters of all languages, as the library utf8proc defines them. The process's locale and the system's C library have
// no influence. Tags and the words of the search index are stored in the form that these functions make. So when the
// answers of a function change, the index must be made anew.

// Whether the character can be part of a word. Letters and digits can, and marks and symbols that Unicode counts as
// alphabetic.
bool IsLetterOrDigit(char32_t character);

// The character in lower case. `kInvalidCodePoint` is returned as it is.
char32_t LowerOf(char32_t character);

// Appends the character in lower case to `out`. `bytes` is the character in UTF-8.
void AppendLower(char32_t character, absl::string_view bytes, std::string& out);

// The text in lower case.
std::string LowerCase(absl::string_view text);

}  // namespace toolcatalog

#endif  // COMMON_LETTER_CASE_H_
