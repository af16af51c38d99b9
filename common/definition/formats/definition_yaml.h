#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_YAML_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_YAML_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/definition/validation/definition_validator.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// One definition in a YAML text, and what was found in it.
struct ImportItem {
  // If there are no errors, it is valid and in normal form.
  v1::Tool tool;
  // The tool's name. If it has none, its place in the text, such as "document 3".
  std::string label;
  // The line of the text where the definition begins, from 1.
  int line = 0;
  // The broken rules, for which it cannot be imported: at most `kMaxViolations` from reading, and as many from the
  // validator.
  std::vector<v1::ImportProblem> errors;
  // What the reader understood differently from how it is written, such as a field under an old name.
  std::vector<v1::ImportProblem> warnings;
  // The validator's warnings: what is imported as it is written, but is probably not meant.
  std::vector<v1::ImportProblem> advice;
};

// Reads the definitions of a YAML text and calls `sink` with each, in their order. A document of the text is a
// definition, or a list of definitions, or a map whose key `tools` has a list of definitions or a map from names to
// definitions. `capabilities` and `patterns` are lists, or maps by name. `MapDefinition` says which other forms are
// read. A key that names no field is kept in `extra`. It is an error if two definitions have the same name and version.
//
// INVALID_ARGUMENT for the field `yaml_content`, with line and column, if the text is not YAML, breaks a bound, or
// holds no definition. `sink` may have been called for definitions before that place. If `sink` fails, reading ends and
// returns that failure.
absl::Status ReadDefinitions(absl::string_view yaml, const DefinitionValidator& validator,
                             absl::FunctionRef<absl::Status(ImportItem)> sink);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_YAML_H_
