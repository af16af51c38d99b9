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

// What a check of a definition finds, in the order in which it is found; at most `kMaxViolations` of each kind.
struct Findings {
  // Broken rules. None means that the definition is valid.
  std::vector<Violation> errors;
  // Broken rules that only advise: what they name is allowed, but probably not meant.
  std::vector<Violation> warnings;
};

// Checks values of a definition against the rules that many of its fields share, and collects the findings. A check
// takes the name of a field below the current path, and reports the field by its whole path. Not thread-safe.
class FieldChecker {
 public:
  using Texts = google::protobuf::RepeatedPtrField<std::string>;
  using FreeValues = google::protobuf::RepeatedPtrField<google::protobuf::Value>;

  FieldPath& path() { return path_; }
  NearMissSearch& near_misses() { return near_misses_; }
  // Whether further errors are dropped.
  bool IsFull() const { return findings_.errors.size() >= kMaxViolations; }
  // Whether further warnings are dropped.
  bool HasAllWarnings() const { return findings_.warnings.size() >= max_warnings_; }
  // From now on all warnings are dropped.
  void DropWarnings() { max_warnings_ = 0; }
  // What was found until now. The checker must not be used after this call.
  Findings TakeFindings() { return std::move(findings_); }

  // Adds an error about the current path. `rule` is for example "must be at least 0". The first form is for a value
  // that is missing. `number` is the wrong value, or a description of it, and stands in the message as it is; `text` is
  // the wrong value and stands there in quotes. `suggestion` is what was probably meant, or "".
  void Report(absl::string_view rule);
  void Report(absl::string_view rule, absl::string_view number);
  void ReportText(absl::string_view rule, absl::string_view text, absl::string_view suggestion);
  // Adds an error that was made elsewhere.
  void Report(Violation violation);

  // Add a warning about the current path, in the same way.
  void Warn(absl::string_view rule);
  void Warn(absl::string_view rule, absl::string_view number);
  void WarnText(absl::string_view rule, absl::string_view text, absl::string_view suggestion);

  // A short text is one line of at most 100 characters. `Require...` refuses a blank text too.
  void CheckShortText(absl::string_view field, absl::string_view text);
  void RequireShortText(absl::string_view field, absl::string_view text);
  void CheckShortTexts(absl::string_view field, const Texts& texts);
  // A text may have any number of lines; a description has at most 4 KiB, a phrase at most 1,000 characters.
  void CheckText(absl::string_view field, absl::string_view text, size_t max_characters);
  void CheckPhrases(absl::string_view field, const Texts& texts);
  void CheckDescription(absl::string_view field, absl::string_view text);
  void RequireDescription(absl::string_view field, absl::string_view text);

  void CheckScore(absl::string_view field, double score);
  void CheckNotNegative(absl::string_view field, double number);

  // Check what Protobuf's Struct and Value hold: only characters that are allowed, only finite numbers, at most
  // `kMaxFreeLevels` levels.
  void CheckFreeObject(absl::string_view field, const google::protobuf::Struct& object);
  void CheckFreeValue(absl::string_view field, const google::protobuf::Value& value);
  void CheckFreeValues(absl::string_view field, const FreeValues& values);

  // Checks that a list has at most `max` entries, and calls `check` with each of the first `max`, until the checker is
  // full. During the call the current path is that of the entry.
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
  Findings findings_;
  size_t max_warnings_ = kMaxViolations;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_FIELD_CHECKER_H_
