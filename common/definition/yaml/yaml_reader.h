#ifndef COMMON_DEFINITION_YAML_YAML_READER_H_
#define COMMON_DEFINITION_YAML_YAML_READER_H_

#include <cstddef>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Further bounds of one text, beside those in yaml_document.h and yaml_text.h.

// What aliases may add: values and bytes of their texts.
inline constexpr size_t kMaxYamlAliasValues = 1'000'000;
inline constexpr size_t kMaxYamlAliasBytes = 16 * 1024 * 1024;
// What the scanner may take in before it reports a value. It queues a bracketed collection that might be a key, at some
// 100 times its length.
inline constexpr size_t kMaxYamlSilentBytes = 512 * 1024;

// Reads the documents of a YAML 1.2 text, which may be JSON, one by one and hands each to `sink`; only one is in
// memory. Text that breaks a bound, is not YAML or uses what definitions need not (tags, merge keys, keys that are not
// scalars, duplicate keys) is INVALID_ARGUMENT with line and column, after the documents before that place. A failure
// of `sink` ends the reading and is returned.
absl::Status ReadYaml(absl::string_view text, absl::FunctionRef<absl::Status(const YamlDocument&)> sink);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_READER_H_
