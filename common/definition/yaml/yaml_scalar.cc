#include "common/definition/yaml/yaml_scalar.h"

#include <charconv>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

enum class NumberForm { kNone, kInteger, kOctal, kHex, kFloat, kNotFinite };

bool ConsumeSign(absl::string_view& text) { return absl::ConsumePrefix(&text, "-") || absl::ConsumePrefix(&text, "+"); }

size_t ConsumeDigits(absl::string_view& text) {
  size_t count = 0;
  while (count < text.size() && absl::ascii_isdigit(text[count])) ++count;
  text.remove_prefix(count);
  return count;
}

// Whether `text` is one of the spellings word, Word and WORD.
bool IsSpelling(absl::string_view text, absl::string_view word) {
  if (!absl::EqualsIgnoreCase(text, word)) return false;
  const std::string upper = absl::AsciiStrToUpper(word);
  return text == word || text == upper || text == absl::StrCat(upper.substr(0, 1), word.substr(1));
}

NumberForm FormOf(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "0x")) {
    return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos ? NumberForm::kHex
                                                                                          : NumberForm::kNone;
  }
  if (absl::ConsumePrefix(&text, "0o")) {
    return !text.empty() && text.find_first_not_of("01234567") == text.npos ? NumberForm::kOctal : NumberForm::kNone;
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return NumberForm::kNotFinite;
  ConsumeSign(text);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return NumberForm::kNotFinite;
  size_t digits = ConsumeDigits(text);
  if (text.empty()) return digits > 0 ? NumberForm::kInteger : NumberForm::kNone;
  if (absl::ConsumePrefix(&text, ".")) digits += ConsumeDigits(text);
  if (digits == 0) return NumberForm::kNone;
  if (absl::ConsumePrefix(&text, "e") || absl::ConsumePrefix(&text, "E")) {
    ConsumeSign(text);
    if (ConsumeDigits(text) == 0) return NumberForm::kNone;
  }
  return text.empty() ? NumberForm::kFloat : NumberForm::kNone;
}

absl::Status NumberError(absl::string_view rule, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(rule, ", got ", Quoted(text)));
}

absl::Status NotExactError(absl::string_view text) {
  return NumberError("must be an integer that a double holds exactly (quote it to keep it as text)", text);
}

absl::StatusOr<double> ParseInBase(absl::string_view text, int base) {
  uint64_t integer = 0;
  const auto result = std::from_chars(text.data() + 2, text.data() + text.size(), integer, base);
  const double number = static_cast<double>(integer);
  const bool is_exact = result.ec == std::errc() && number < 0x1p64 && static_cast<uint64_t>(number) == integer;
  if (!is_exact) return NotExactError(text);
  return number;
}

absl::StatusOr<double> ParseDecimal(absl::string_view text, NumberForm form) {
  absl::string_view digits = text;
  absl::ConsumePrefix(&digits, "+");
  double number = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size()) {
    return NumberError("must be within the range of a double", text);
  }
  if (form == NumberForm::kFloat) return number;
  absl::ConsumePrefix(&digits, "-");
  while (digits.size() > 1) {
    if (!absl::ConsumePrefix(&digits, "0")) break;
  }
  const double magnitude = number < 0 ? -number : number + 0.0;
  if (absl::StrFormat("%.0f", magnitude) != digits) return NotExactError(text);
  return number == 0 ? 0.0 : number;
}

}  // namespace

bool IsYamlNumber(absl::string_view text) { return FormOf(text) != NumberForm::kNone; }

absl::StatusOr<double> ParseYamlNumber(absl::string_view text) {
  const NumberForm form = FormOf(text);
  switch (form) {
    case NumberForm::kNone:
      return NumberError("must be a number", text);
    case NumberForm::kNotFinite:
      return NumberError("must be a finite number", text);
    case NumberForm::kOctal:
      return ParseInBase(text, 8);
    case NumberForm::kHex:
      return ParseInBase(text, 16);
    case NumberForm::kInteger:
    case NumberForm::kFloat:
      return ParseDecimal(text, form);
  }
  return NumberError("must be a number", text);
}

bool HasLeadingZero(absl::string_view text) {
  if (FormOf(text) != NumberForm::kInteger) return false;
  ConsumeSign(text);
  return text.size() > 1 && text[0] == '0';
}

std::optional<bool> ParseYamlBool(absl::string_view text) {
  if (IsSpelling(text, "true")) return true;
  if (IsSpelling(text, "false")) return false;
  return std::nullopt;
}

std::optional<bool> ParseSwitch(absl::string_view text) {
  if (IsSpelling(text, "yes") || IsSpelling(text, "on")) return true;
  if (IsSpelling(text, "no") || IsSpelling(text, "off")) return false;
  return ParseYamlBool(text);
}

}  // namespace toolcatalog
