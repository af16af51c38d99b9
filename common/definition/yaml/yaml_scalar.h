#ifndef COMMON_DEFINITION_YAML_YAML_SCALAR_H_
#define COMMON_DEFINITION_YAML_YAML_SCALAR_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// Whether a plain scalar is a number in YAML 1.2's core schema, `.inf` and `.nan` included.
bool IsYamlNumber(absl::string_view text);

// The number that `text` says. INVALID_ARGUMENT (rule and value) if it says none, or one that a double cannot hold: not
// finite, out of range, or an integer that would be rounded.
absl::StatusOr<double> ParseYamlNumber(absl::string_view text);

// Whether a decimal integer has zeros in front, which the number will not show.
bool HasLeadingZero(absl::string_view text);

// True or false in the core schema: true, True, TRUE and so on; nullopt for anything else.
std::optional<bool> ParseYamlBool(absl::string_view text);

// The same, and yes, no, on and off, for fields that can be nothing else.
std::optional<bool> ParseSwitch(absl::string_view text);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_SCALAR_H_
