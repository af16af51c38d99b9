#ifndef COMMON_DEFINITION_YAML_YAML_SCALAR_H_
#define COMMON_DEFINITION_YAML_YAML_SCALAR_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// Whether a plain scalar is a number in the core schema of YAML 1.2. `.inf` and `.nan` are numbers there.
bool IsYamlNumber(absl::string_view text);

// Reads a number. INVALID_ARGUMENT, with rule and value, if `text` is not a number, is not finite, or does not fit into
// a double: it is out of range, or it is an integer that would be rounded.
absl::StatusOr<double> ParseYamlNumber(absl::string_view text);

// Whether `text` is a decimal integer that begins with a superfluous zero. The number loses this zero.
bool HasLeadingZero(absl::string_view text);

// Reads a boolean of the core schema: `true`, `True`, `TRUE`, `false`, `False`, `FALSE`. Nullopt for any other text.
std::optional<bool> ParseYamlBool(absl::string_view text);

// Does the same, and accepts `yes`, `no`, `on` and `off` too. It is for fields that can only be true or false.
std::optional<bool> ParseSwitch(absl::string_view text);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_SCALAR_H_
