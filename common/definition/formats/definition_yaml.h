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

// One definition of a YAML text.
struct ImportItem {
  // In normal form and valid, if there are no errors.
  v1::Tool tool;
  // Its name, or its place such as "document 3" where it has none.
  std::string label;
  // Line in the text where it begins, from 1.
  int line = 0;
  // Why it cannot be imported: everything that breaks a rule, up to `kMaxViolations` of reading and of validating each.
  std::vector<v1::ImportProblem> errors;
  // What was understood differently from how it was written.
  std::vector<v1::ImportProblem> warnings;
  // What the validator warns of: it is imported as it was written.
  std::vector<v1::ImportProblem> advice;
};

// Reads the definitions of a YAML text and hands them to `sink` one by one, in their order. A document is a definition,
// a list of them, or has them under `tools` as a list or as a map by name. `capabilities` and `patterns` are lists, or
// maps by name. Definitions of other forms, see `MapDefinition`, are read too. Keys that no field knows are kept in
// `extra`. A name and version that the text gave before is an error.
//
// INVALID_ARGUMENT, naming `yaml_content`, line and column, if the text is not YAML, breaks a bound or holds nothing;
// items before that place may have been handed out by then. A failure of `sink` ends the reading and is returned.
absl::Status ReadDefinitions(absl::string_view yaml, const DefinitionValidator& validator,
                             absl::FunctionRef<absl::Status(ImportItem)> sink);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_YAML_H_
