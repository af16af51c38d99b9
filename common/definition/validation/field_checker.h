#ifndef COMMON_DEFINITION_VALIDATION_FIELD_CHECKER_H_
#define COMMON_DEFINITION_VALIDATION_FIELD_CHECKER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/definition/definition_limits.h"
#include "common/definition/validation/field_path.h"
#include "common/near_miss.h"
#include "common/status.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/struct.pb.h"

namespace toolcatalog {

// Checks values of a definition against the rules that many of its fields share, and collects what breaks them, and
// what is allowed but probably not meant: the first `kMaxViolations` of each. Each check names a field below the
// current path. Not thread-safe.
class FieldChecker {
 public:
  using Texts = google::protobuf::RepeatedPtrField<std::string>;
  using FreeValues = google::protobuf::RepeatedPtrField<google::protobuf::Value>;

  FieldPath& path() { return path_; }
  NearMissSearch& near_misses() { return near_misses_; }
  bool IsFull() const { return violations_.size() >= kMaxViolations; }
  // Whether further warnings are dropped.
  bool HasAllWarnings() const { return warnings_.size() >= max_warnings_; }
  void DropWarnings() { max_warnings_ = 0; }
  std::vector<Violation> TakeViolations() { return std::move(violations_); }
  std::vector<Violation> TakeWarnings() { return std::move(warnings_); }

  // Adds a violation of the current path: by a missing value, a number (or an account of a value), a text.
  void Report(absl::string_view rule);
  void Report(absl::string_view rule, absl::string_view number);
  void ReportText(absl::string_view rule, absl::string_view text, absl::string_view suggestion);
  // Adds one that was made elsewhere.
  void Report(Violation violation);

  // The same for warnings.
  void Warn(absl::string_view rule);
  void Warn(absl::string_view rule, absl::string_view number);
  void WarnText(absl::string_view rule, absl::string_view text, absl::string_view suggestion);

  // One line of at most 100 characters.
  void CheckShortText(absl::string_view field, absl::string_view text);
  void RequireShortText(absl::string_view field, absl::string_view text);
  void CheckShortTexts(absl::string_view field, const Texts& texts);
  // Any number of lines.
  void CheckText(absl::string_view field, absl::string_view text, size_t max_characters);
  void CheckPhrases(absl::string_view field, const Texts& texts);
  void CheckDescription(absl::string_view field, absl::string_view text);
  void RequireDescription(absl::string_view field, absl::string_view text);

  void CheckScore(absl::string_view field, double score);
  void CheckNotNegative(absl::string_view field, double number);

  // Free objects and values: characters, finite numbers, nesting.
  void CheckFreeObject(absl::string_view field, const google::protobuf::Struct& object);
  void CheckFreeValue(absl::string_view field, const google::protobuf::Value& value);
  void CheckFreeValues(absl::string_view field, const FreeValues& values);

  // A list of at most `max` entries; `check` is called with each, the path being at the entry.
  template <typename Entries, typename Check>
  void CheckEntries(absl::string_view field, const Entries& entries, int max, Check check) {
    const auto scope = path_.Field(field);
    if (entries.size() > max) {
      Report(absl::StrCat("must have at most ", max, " entries"), absl::StrCat(entries.size()));
    }
    for (int i = 0; i < entries.size() && i < max && !IsFull(); ++i) {
      const auto entry = path_.Index(i);
      check(entries[i]);
    }
  }

 private:
  void AddWarning(Violation violation);

  // These check what the current path names.
  void CheckShort(absl::string_view text);
  void CheckLines(absl::string_view text, size_t max_characters);
  void CheckCharacters(absl::string_view text, bool (*is_allowed)(char32_t));
  void CheckObject(const google::protobuf::Struct& object, int level);
  void CheckValue(const google::protobuf::Value& value, int level);
  bool CheckLevel(int level);
  bool CheckFinite(double number);

  FieldPath path_;
  NearMissSearch near_misses_;
  std::vector<Violation> violations_;
  std::vector<Violation> warnings_;
  size_t max_warnings_ = kMaxViolations;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_FIELD_CHECKER_H_
