#include "common/definition/validation/regex_checker.h"

#include <string>

#include "absl/strings/match.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

using google::protobuf::Value;

// Of one regular expression; it bounds its program to about 2,700 instructions.
constexpr int64_t kMaxMemory = 256 << 10;

// Instructions times characters that the regular expressions of one definition may take at worst, to compile and to
// match: some 0.05 s each. Apart, so that what is an error does not depend on what is matched.
constexpr int64_t kMaxCompileWork = 10'000'000;
constexpr int64_t kMaxMatchWork = 10'000'000;
// To compile an instruction takes as long as to run it some 50 times.
constexpr int64_t kCompileWork = 50;
constexpr int64_t kRefusedInstructions = 100;

RE2::Options Options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  // So that a warning is never about a flag.
  options.set_dot_nl(true);
  return options;
}

bool IsRangeOfCharacters(absl::string_view range) {
  return CountCharacters(range) == 3 && !absl::StrContains(range, '\\') && !absl::StrContains(range, ':');
}

// Why no dialect accepts the expression; null if one may.
const char* BrokenRuleOf(const RE2& regex) {
  switch (regex.error_code()) {
    case RE2::ErrorMissingBracket:
      return "must be a regular expression that closes every \"[\"";
    case RE2::ErrorMissingParen:
      return "must be a regular expression that closes every \"(\"";
    case RE2::ErrorUnexpectedParen:
      return "must be a regular expression that opens every \")\"";
    case RE2::ErrorTrailingBackslash:
      return "must be a regular expression that does not end in a backslash";
    case RE2::ErrorBadCharRange:
      return IsRangeOfCharacters(regex.error_arg()) ? "must be a regular expression whose ranges rise" : nullptr;
    default:
      return nullptr;
  }
}

// What a regular expression would be held against; false for values that it says nothing about.
bool TextOf(const Value& value, std::string* text) {
  if (value.kind_case() == Value::kStringValue) {
    *text = value.string_value();
  } else if (value.kind_case() == Value::kNumberValue) {
    *text = FormatNumber(value.number_value());
  } else {
    return false;
  }
  return true;
}

}  // namespace

void RegexChecker::Check(const v1::Parameter& parameter) {
  if (parameter.validation().empty() || parameter.validation().size() > 4 * kMaxRegexCharacters) return;
  const RE2* regex = Compile(parameter.validation());
  if (regex == nullptr) return;
  if (const char* rule = regex->ok() ? nullptr : BrokenRuleOf(*regex)) {
    const auto scope = checker_.path().Field("validation");
    checker_.ReportText(rule, parameter.validation(), "");
  }
  if (!regex->ok() || checker_.HasAllWarnings()) return;
  if (parameter.has_default_()) CheckMatches("default", *regex, parameter.default_());
  const auto check_list = [&](absl::string_view field, const FieldChecker::FreeValues& values) {
    const auto scope = checker_.path().Field(field);
    for (int i = 0; i < values.size() && i < kMaxEntries; ++i) {
      const auto entry = checker_.path().Index(i);
      CheckMatches("", *regex, values[i]);
    }
  };
  check_list("examples", parameter.examples());
  check_list("allowed_values", parameter.allowed_values());
}

const RE2* RegexChecker::Compile(const std::string& text) {
  static const RE2::Options& options = *new RE2::Options(Options());
  const auto found = compiled_.find(text);
  if (found != compiled_.end()) return found->second.get();
  if (compile_work_ > kMaxCompileWork) return nullptr;
  auto regex = std::make_unique<RE2>(text, options);
  const int64_t instructions = regex->ok() ? regex->ProgramSize() : kRefusedInstructions;
  // A program that is too large was written in part before it was refused.
  const bool is_too_large = regex->error_code() == RE2::ErrorPatternTooLarge;
  compile_work_ += kCompileWork * (is_too_large ? kMaxMemory / 100 : instructions);
  return compiled_.emplace(text, std::move(regex)).first->second.get();
}

void RegexChecker::CheckMatches(absl::string_view field, const RE2& regex, const Value& value) {
  std::string text;
  if (!TextOf(value, &text)) return;
  match_work_ += regex.ProgramSize() * static_cast<int64_t>(text.size());
  if (match_work_ > kMaxMatchWork || RE2::PartialMatch(text, regex)) return;
  const auto scope = checker_.path().Field(field);
  checker_.WarnText(absl::StrCat("should match the regular expression ", Quoted(regex.pattern())), text, "");
}

}  // namespace toolcatalog
