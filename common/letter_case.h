#ifndef COMMON_LETTER_CASE_H_
#define COMMON_LETTER_CASE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Letters of all languages, whatever the process's locale. Where the system does not know them, only ASCII letters have
// a case.

// Whether the character is a letter or a digit.
bool IsLetterOrDigit(char32_t character);

// Appends the character, whose UTF-8 is `bytes`, in lower case.
void AppendLower(char32_t character, absl::string_view bytes, std::string& out);

// Text in lower case.
std::string LowerCase(absl::string_view text);

}  // namespace toolcatalog

#endif  // COMMON_LETTER_CASE_H_
