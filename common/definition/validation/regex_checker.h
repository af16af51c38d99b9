#ifndef COMMON_DEFINITION_VALIDATION_REGEX_CHECKER_H_
#define COMMON_DEFINITION_VALIDATION_REGEX_CHECKER_H_

#include <re2/re2.h>

#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/definition/validation/field_checker.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Checks the regular expressions of the parameters of one definition, in time linear in their size. Which dialect they
// are written in is not known: what RE2 cannot do (look-around, back-references, possessive quantifiers) passes
// unchecked, what every dialect refuses (an open bracket or parenthesis, a range from high to low, a backslash at the
// end) is an error. Not thread-safe; `checker` and the definition must outlive it.
class RegexChecker {
 public:
  explicit RegexChecker(FieldChecker* checker) : checker_(*checker) {}

  // Expects the checker's path at the parameter. Warns of a default, example or allowed value of which no part matches.
  void Check(const v1::Parameter& parameter);

 private:
  // Null if it is not checked: broken, of another dialect, or beyond the work that one definition may make.
  const RE2* Compile(const std::string& text);
  void CheckMatches(absl::string_view field, const RE2& regex, const google::protobuf::Value& value);

  FieldChecker& checker_;
  absl::flat_hash_map<absl::string_view, std::unique_ptr<RE2>> compiled_;
  int64_t compile_work_ = 0;
  int64_t match_work_ = 0;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_REGEX_CHECKER_H_
