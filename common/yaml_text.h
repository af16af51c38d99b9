#ifndef COMMON_YAML_TEXT_H_
#define COMMON_YAML_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// Longest line of a YAML text. The scanner queues what a one-line flow collection holds, at over 100 times its length.
inline constexpr size_t kMaxYamlLineBytes = 512 * 1024;

// INVALID_ARGUMENT "line 3, column 7: message". Both count from 1, columns in characters.
absl::Status YamlError(int line, int column, absl::string_view message);

// Refuses what the scanner would take in silence: bytes that are not UTF-8, control characters, a byte order mark
// within the text, directives but %YAML 1.x, lines over the bound.
absl::Status CheckYamlText(absl::string_view text);

// Whether the quoted scalar that begins at `offset`, perhaps behind its anchor, has its closing quote. True for
// scalars that are not quoted. The scanner takes the end of the text for a closing quote if a line end precedes it.
bool IsQuoteClosed(absl::string_view text, size_t offset);

}  // namespace toolcatalog

#endif  // COMMON_YAML_TEXT_H_
