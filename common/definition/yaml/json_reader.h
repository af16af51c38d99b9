#ifndef COMMON_DEFINITION_YAML_JSON_READER_H_
#define COMMON_DEFINITION_YAML_JSON_READER_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Reads a text as JSON, if it is JSON. JSON is YAML too, but the YAML reader is slow with it, and refuses long
// lists in brackets. The text must be UTF-8, and must outlive the document.
//
// Returns nullopt if the text is not a JSON list or object; it may still be YAML. Returns INVALID_ARGUMENT, with line
// and column, at the first part of the JSON that no definition may have: half of a surrogate pair, a number outside the
// range of a double, a key that is given twice, or more values or levels than `yaml_document.h` allows.
absl::StatusOr<std::optional<YamlDocument>> ReadJson(absl::string_view text);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_JSON_READER_H_
