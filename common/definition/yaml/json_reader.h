#ifndef COMMON_DEFINITION_YAML_JSON_READER_H_
#define COMMON_DEFINITION_YAML_JSON_READER_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// The document that a JSON text is, which must be UTF-8; nullopt if the text is no list or object of JSON, so that it
// may be YAML. JSON is YAML, but a reader of YAML is slow with it and bounds the length of a list. INVALID_ARGUMENT
// with line and column if the text is JSON up to what no definition may hold: half of a surrogate pair, a number beyond
// the range of a double, a key that is given twice, more than the bounds of yaml_document.h allow.
absl::StatusOr<std::optional<YamlDocument>> ReadJson(absl::string_view text);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_JSON_READER_H_
