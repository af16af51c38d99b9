#include "common/definition/validation/field_checker.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "common/definition/field_walk.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

bool IsAllowedInText(char32_t character) { return !IsForbidden(character); }

bool IsPlainAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
}

bool IsBlank(absl::string_view text) { return absl::StripAsciiWhitespace(text).empty(); }

}  // namespace

void FieldChecker::Report(absl::string_view rule) { Report(BrokenRule(path_.text(), rule)); }

void FieldChecker::Report(absl::string_view rule, absl::string_view number) {
  Report(BrokenByNumber(path_.text(), rule, number));
}

void FieldChecker::ReportText(absl::string_view rule, absl::string_view text, absl::string_view suggestion) {
  Report(BrokenByText(path_.text(), rule, text, suggestion));
}

void FieldChecker::Report(Violation violation) {
  if (!IsFull()) findings_.errors.push_back(std::move(violation));
}

void FieldChecker::AddWarning(Violation violation) {
  if (!HasAllWarnings()) findings_.warnings.push_back(std::move(violation));
}

void FieldChecker::Warn(absl::string_view rule) { AddWarning(BrokenRule(path_.text(), rule)); }

void FieldChecker::Warn(absl::string_view rule, absl::string_view number) {
  AddWarning(BrokenByNumber(path_.text(), rule, number));
}

void FieldChecker::WarnText(absl::string_view rule, absl::string_view text, absl::string_view suggestion) {
  AddWarning(BrokenByText(path_.text(), rule, text, suggestion));
}

void FieldChecker::CheckShortText(absl::string_view field, absl::string_view text) {
  const auto scope = path_.Field(field);
  CheckShort(text);
}

void FieldChecker::RequireShortText(absl::string_view field, absl::string_view text) {
  const auto scope = path_.Field(field);
  if (IsBlank(text)) return Report(kIsRequired);
  CheckShort(text);
}

void FieldChecker::CheckShortTexts(absl::string_view field, const Texts& texts) {
  CheckEntries(field, texts, kMaxEntries, [this](absl::string_view text) { CheckShort(text); });
}

void FieldChecker::CheckText(absl::string_view field, absl::string_view text, size_t max_characters) {
  const auto scope = path_.Field(field);
  CheckLines(text, max_characters);
}

void FieldChecker::CheckPhrases(absl::string_view field, const Texts& texts) {
  CheckEntries(field, texts, kMaxEntries, [this](absl::string_view text) { CheckLines(text, kMaxPhraseCharacters); });
}

void FieldChecker::CheckDescription(absl::string_view field, absl::string_view text) {
  const auto scope = path_.Field(field);
  if (text.size() > kMaxDescriptionBytes) {
    Report(absl::StrCat("must have at most ", kMaxDescriptionBytes, " bytes"), absl::StrCat(text.size()));
  }
  CheckCharacters(text, IsAllowedInText);
}

void FieldChecker::RequireDescription(absl::string_view field, absl::string_view text) {
  if (!IsBlank(text)) return CheckDescription(field, text);
  const auto scope = path_.Field(field);
  Report(kIsRequired);
}

void FieldChecker::CheckScore(absl::string_view field, double score) {
  if (score >= 0 && score <= 1) return;
  const auto scope = path_.Field(field);
  Report("must be from 0 to 1", FormatNumber(score));
}

void FieldChecker::CheckNotNegative(absl::string_view field, double number) {
  const auto scope = path_.Field(field);
  if (CheckFinite(number) && number < 0) Report("must be at least 0", FormatNumber(number));
}

void FieldChecker::CheckFreeObject(absl::string_view field, const Struct& object) {
  const auto scope = path_.Field(field);
  CheckObject(object, 1);
}

void FieldChecker::CheckFreeValue(absl::string_view field, const Value& value) {
  const auto scope = path_.Field(field);
  CheckValue(value, 1);
}

void FieldChecker::CheckFreeValues(absl::string_view field, const FreeValues& values) {
  CheckEntries(field, values, kMaxEntries, [this](const Value& value) { CheckValue(value, 1); });
}

void FieldChecker::CheckShort(absl::string_view text) {
  const size_t count = CountCharacters(text);
  if (count > kMaxShortTextCharacters) {
    Report(absl::StrCat("must have at most ", kMaxShortTextCharacters, " characters"), absl::StrCat(count));
  }
  CheckCharacters(text, IsPrintable);
}

void FieldChecker::CheckLines(absl::string_view text, size_t max_characters) {
  const size_t count = CountCharacters(text);
  if (count > max_characters)
    Report(absl::StrCat("must have at most ", max_characters, " characters"), absl::StrCat(count));
  CheckCharacters(text, IsAllowedInText);
}

void FieldChecker::CheckCharacters(absl::string_view text, bool (*is_allowed)(char32_t)) {
  if (IsPlainAscii(text)) return;
  for (absl::string_view rest = text; !rest.empty();) {
    const size_t offset = text.size() - rest.size();
    const char32_t character = NextCodePoint(rest);
    if (is_allowed(character)) continue;
    const absl::string_view rule = is_allowed == IsPrintable ? "must be one line of printable characters"
                                                             : "must hold no control characters but tab and line ends";
    return Report(rule, absl::StrCat(CodePointName(character), " at byte ", offset, " of ", Quoted(text)));
  }
}

// The recursion of the next two ends at `kMaxFreeLevels`, however deep the message is.
void FieldChecker::CheckObject(const Struct& object, int level) {
  if (!CheckLevel(level)) return;
  for (const ObjectMember* member : MembersByKey(object)) {
    if (IsFull()) return;
    const auto scope = path_.Key(member->first);
    CheckCharacters(member->first, IsAllowedInText);
    CheckValue(member->second, level + 1);
  }
}

void FieldChecker::CheckValue(const Value& value, int level) {
  switch (value.kind_case()) {
    case Value::KIND_NOT_SET:
      return Report("must be null, a number, text, true, false, an object or a list", "a value without a kind");
    case Value::kNumberValue:
      CheckFinite(value.number_value());
      return;
    case Value::kStringValue:
      return CheckCharacters(value.string_value(), IsAllowedInText);
    case Value::kStructValue:
      return CheckObject(value.struct_value(), level);
    case Value::kListValue: {
      if (!CheckLevel(level)) return;
      for (int i = 0; i < value.list_value().values_size() && !IsFull(); ++i) {
        const auto scope = path_.Index(i);
        CheckValue(value.list_value().values(i), level + 1);
      }
      return;
    }
    case Value::kNullValue:
    case Value::kBoolValue:
      return;
  }
}

bool FieldChecker::CheckLevel(int level) {
  if (level <= kMaxFreeLevels) return true;
  Report(absl::StrCat("must nest at most ", kMaxFreeLevels, " levels"), "more");
  return false;
}

bool FieldChecker::CheckFinite(double number) {
  if (std::isfinite(number)) return true;
  Report("must be a finite number", FormatNumber(number));
  return false;
}

}  // namespace toolcatalog
