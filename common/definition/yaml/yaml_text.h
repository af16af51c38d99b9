#ifndef COMMON_DEFINITION_YAML_YAML_TEXT_H_
#define COMMON_DEFINITION_YAML_YAML_TEXT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// INVALID_ARGUMENT "line 3, column 7: message". A column of 0 is left out.
absl::Status YamlError(int line, int column, absl::string_view message);

// Refuses what the scanner would take in silence: bytes that are not UTF-8, control characters, a byte order mark
// within the text, directives but %YAML 1.x.
absl::Status CheckYamlText(absl::string_view text);

// Whether the quoted scalar that begins at `offset`, perhaps behind its anchor, has its closing quote. True for
// scalars that are not quoted. The scanner takes the end of the text for a closing quote if a line end precedes it.
bool IsQuoteClosed(absl::string_view text, size_t offset);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_TEXT_H_
