#ifndef COMMON_DEFINITION_YAML_JSON_READER_H_
#define COMMON_DEFINITION_YAML_JSON_READER_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// The document that a JSON text is, which must be UTF-8; nullopt if the text is no list or object of JSON, gives a key
// twice, or breaks a bound of yaml_reader.h. JSON is YAML, but a reader of YAML is slow with it and bounds the length
// of a list.
std::optional<YamlDocument> ReadJson(absl::string_view text);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_JSON_READER_H_
