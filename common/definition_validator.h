#ifndef COMMON_DEFINITION_VALIDATOR_H_
#define COMMON_DEFINITION_VALIDATOR_H_

#include <string>
#include <vector>

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

// Checks definitions against every rule that tool.proto states and that needs no other knowledge: not the syntax of
// expressions and regular expressions, nor whether a name is reserved or taken. Thread-safe.
class DefinitionValidator {
 public:
  explicit DefinitionValidator(Vocabulary vocabulary);

  // Every broken rule, the first `kMaxViolations`; empty = valid. Expects a definition in normal form, see
  // `NormalizeDefinition`.
  std::vector<Violation> Validate(const v1::Tool& tool) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  const Vocabulary vocabulary_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATOR_H_
