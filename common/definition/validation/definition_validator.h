#ifndef COMMON_DEFINITION_VALIDATION_DEFINITION_VALIDATOR_H_
#define COMMON_DEFINITION_VALIDATION_DEFINITION_VALIDATOR_H_

#include <string>
#include <vector>

#include "common/definition/validation/field_checker.h"
#include "common/status.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The words that a definition may use where the set is configurable.
struct Vocabulary {
  std::vector<std::string> platforms;
  std::vector<std::string> categories;
  std::vector<std::string> statuses;
};

// The vocabulary in force where nothing else is configured.
Vocabulary DefaultVocabulary();

// Checks definitions against every rule that tool.proto states and that needs no other knowledge: not whether a name is
// reserved or taken. Thread-safe.
class DefinitionValidator {
 public:
  explicit DefinitionValidator(Vocabulary vocabulary);

  struct Report {
    // Every broken rule, the first `kMaxViolations`; empty = valid.
    std::vector<Violation> errors;
    // What is allowed and probably not meant, the first `kMaxViolations`: see `definition_advice.h`,
    // `expression_checker.h` and `regex_checker.h`.
    std::vector<Violation> warnings;
  };
  // Expects a definition in normal form, see `NormalizeDefinition`. There are no warnings of one that is larger than a
  // definition may be.
  Report Check(const v1::Tool& tool) const;

  // The errors of `Check`, without the work of finding warnings.
  std::vector<Violation> Validate(const v1::Tool& tool) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  void CheckAll(FieldChecker& checker, const v1::Tool& tool) const;

  const Vocabulary vocabulary_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_DEFINITION_VALIDATOR_H_
