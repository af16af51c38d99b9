#ifndef COMMON_DEFINITION_YAML_YAML_READER_H_
#define COMMON_DEFINITION_YAML_YAML_READER_H_

#include <cstddef>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Further bounds of one text, in addition to those of yaml_document.h and yaml_text.h.

// How many values, and how many bytes of text, the copies that replace aliases may have.
inline constexpr size_t kMaxYamlAliasValues = 1'000'000;
inline constexpr size_t kMaxYamlAliasBytes = 16 * 1024 * 1024;
// How many bytes yaml-cpp may read before it reports a value. It keeps a collection in brackets, which might be a key,
// in a queue that takes some 100 times the memory of the text.
inline constexpr size_t kMaxYamlSilentBytes = 512 * 1024;

// Reads the documents of a YAML 1.2 text, which may be JSON, and calls `sink` with each. Only one document is in memory
// at a time; `sink` must not keep a reference to it.
//
// INVALID_ARGUMENT, with line and column, if the text is not YAML, breaks a bound, or uses what definitions do not
// need: tags, merge keys, keys that are not scalars, a key twice in a map. `sink` was called for the documents before
// that place. If `sink` fails, reading ends and returns that failure.
absl::Status ReadYaml(absl::string_view text, absl::FunctionRef<absl::Status(const YamlDocument&)> sink);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_READER_H_
