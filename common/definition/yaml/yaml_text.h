#ifndef COMMON_DEFINITION_YAML_YAML_TEXT_H_
#define COMMON_DEFINITION_YAML_YAML_TEXT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// INVALID_ARGUMENT with a message such as "line 3, column 7: unknown escape". A column of 0 is left out.
absl::Status YamlError(int line, int column, absl::string_view message);

// Refuses what yaml-cpp would accept without an error: bytes that are not UTF-8, control characters, a byte order mark
// that is not at the beginning, and directives other than `%YAML 1.x`. INVALID_ARGUMENT, with line and column.
absl::Status CheckYamlText(absl::string_view text);

// Whether the quoted scalar at `offset` has its closing quote. An anchor may stand before the opening quote. True for a
// scalar that is not quoted. yaml-cpp does not check this: where the text ends with a line end, it accepts the end of
// the text as a closing quote.
bool IsQuoteClosed(absl::string_view text, size_t offset);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_TEXT_H_
