#ifndef COMMON_DEFINITION_VALIDATION_DEFINITION_VALIDATOR_H_
#define COMMON_DEFINITION_VALIDATION_DEFINITION_VALIDATOR_H_

#include <string>
#include <vector>

#include "common/definition/validation/field_checker.h"
#include "common/status.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The words that the fields platform, category and status may hold. An operator can configure them.
struct Vocabulary {
  std::vector<std::string> platforms;
  std::vector<std::string> categories;
  std::vector<std::string> statuses;
};

// The words that are allowed unless others are configured.
Vocabulary DefaultVocabulary();

// Checks definitions against every rule that tool.proto states, except those that need more than the definition itself:
// whether a name is reserved, or taken by another tool. Thread-safe.
class DefinitionValidator {
 public:
  explicit DefinitionValidator(Vocabulary vocabulary);

  // Every error and warning, up to the bound of `Findings`. The definition must be in normal form, see
  // `NormalizeDefinition`. One of more than `kMaxDefinitionBytes` gets no warnings. The warnings are those of
  // `definition_advice.h`, `expression_checker.h` and `regex_checker.h`.
  Findings Check(const v1::Tool& tool) const;

  // The errors that `Check` returns. This is faster, because it looks for no warnings.
  std::vector<Violation> Validate(const v1::Tool& tool) const;

  // The errors of a definition that came of replacing fields of a valid one by others, each of which was valid in a
  // definition of the same name: it may have become too large. Takes no time for the fields themselves.
  std::vector<Violation> ValidateMerged(const v1::Tool& tool) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  void CheckAll(FieldChecker& checker, const v1::Tool& tool) const;

  const Vocabulary vocabulary_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_DEFINITION_VALIDATOR_H_
