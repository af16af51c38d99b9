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

// Checks the regular expressions of the parameters of one definition, in time linear in their size. It is not known in
// which dialect they are written. So only what every dialect refuses is an error: a bracket or parenthesis without its
// partner, a range from high to low, a backslash at the end. Expressions that RE2 cannot read (look-around,
// back-references, possessive quantifiers) are not checked. The checker and the definition must outlive the object. Not
// thread-safe.
class RegexChecker {
 public:
  explicit RegexChecker(FieldChecker* checker) : checker_(*checker) {}

  // Checks the expression of a parameter, and warns of a default, example or allowed value that it matches nowhere. The
  // checker's path must be at the parameter.
  void Check(const v1::Parameter& parameter);

 private:
  // The compiled expression. Null if it is broken, in another dialect, or beyond the work allowed for one definition.
  const RE2* Compile(const std::string& text);
  void CheckMatches(absl::string_view field, const RE2& regex, const google::protobuf::Value& value);

  FieldChecker& checker_;
  absl::flat_hash_map<absl::string_view, std::unique_ptr<RE2>> compiled_;
  int64_t compile_work_ = 0;
  int64_t match_work_ = 0;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_REGEX_CHECKER_H_
