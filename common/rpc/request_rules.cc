#include "common/rpc/request_rules.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "common/definition/reload_triggers.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

// The REST path of a hook with this name is another call's.
constexpr char kReservedHookName[] = "dead-letters";

using Violations = std::vector<Violation>;

bool AllPrintable(absl::string_view text) {
  while (!text.empty()) {
    if (!IsPrintable(NextCodePoint(text))) return false;
  }
  return true;
}

void AddNumber(absl::string_view path, absl::string_view rule, int64_t number, Violations& violations) {
  violations.push_back(BrokenByNumber(path, rule, absl::StrCat(number)));
}

}  // namespace

void CheckToolName(absl::string_view path, absl::string_view name, Violations& violations) {
  std::optional<Violation> violation = CheckToolName(path, name);
  if (violation.has_value()) violations.push_back(*std::move(violation));
}

void CheckOptionalToolName(absl::string_view path, absl::string_view name, Violations& violations) {
  if (!name.empty()) CheckToolName(path, name, violations);
}

void CheckHookName(absl::string_view path, absl::string_view name, Violations& violations) {
  // All names that stand in REST paths have one grammar. It refuses "." and "..", which clients remove from paths.
  CheckToolName(path, name, violations);
}

void CheckNewHookName(absl::string_view path, absl::string_view name, Violations& violations) {
  CheckHookName(path, name, violations);
  if (NameKey(name) != kReservedHookName) return;
  violations.push_back(BrokenByText(path, "must not be a reserved name", name, ""));
}

void CheckText(absl::string_view path, absl::string_view text, size_t max_characters, Violations& violations) {
  const size_t characters = CountCharacters(text);
  if (characters > max_characters) {
    AddNumber(path, absl::StrCat("must be at most ", max_characters, " characters"), characters, violations);
  } else if (FindInvalidUtf8(text) != absl::string_view::npos || !AllPrintable(text)) {
    violations.push_back(BrokenByText(path, "must be printable", text, ""));
  }
}

void CheckShortText(absl::string_view path, absl::string_view text, Violations& violations) {
  CheckText(path, text, kMaxShortTextCharacters, violations);
}

void RequireShortText(absl::string_view path, absl::string_view text, Violations& violations) {
  if (text.empty()) violations.push_back(BrokenRule(path, kIsRequired));
  CheckShortText(path, text, violations);
}

void CheckOneOf(absl::string_view path, absl::string_view word, absl::Span<const absl::string_view> allowed,
                Violations& violations) {
  if (absl::c_linear_search(allowed, word)) return;
  violations.push_back(
      {std::string(path), absl::StrCat("unknown value ", Quoted(word), "; allowed: ", absl::StrJoin(allowed, ", "))});
}

void CheckOneOf(absl::string_view path, absl::string_view word, absl::Span<const std::string> allowed,
                Violations& violations) {
  CheckOneOf(path, word, std::vector<absl::string_view>(allowed.begin(), allowed.end()), violations);
}

void CheckTrigger(absl::string_view path, absl::string_view trigger, Violations& violations) {
  CheckOneOf(path, trigger, kTriggers, violations);
}

void CheckTriggers(absl::string_view path, const google::protobuf::RepeatedPtrField<std::string>& triggers,
                   Violations& violations) {
  if (!CheckEntries(path, kTriggers.size(), triggers.size(), violations)) return;
  for (auto trigger = triggers.begin(); trigger != triggers.end(); ++trigger) {
    const std::string entry = absl::StrCat(path, "[", trigger - triggers.begin(), "]");
    CheckTrigger(entry, *trigger, violations);
    if (std::find(triggers.begin(), trigger, *trigger) == trigger) continue;
    violations.push_back(BrokenByText(entry, "must not repeat a value", *trigger, ""));
  }
}

void CheckAtLeast(absl::string_view path, int64_t min, int64_t value, Violations& violations) {
  if (value < min) AddNumber(path, absl::StrCat("must be at least ", min), value, violations);
}

void CheckAtMost(absl::string_view path, int64_t max, int64_t value, Violations& violations) {
  if (value > max) AddNumber(path, absl::StrCat("must be at most ", max), value, violations);
}

void CheckBytes(absl::string_view path, size_t max, size_t bytes, Violations& violations) {
  if (bytes > max) AddNumber(path, absl::StrCat("must be at most ", max, " bytes"), bytes, violations);
}

bool CheckEntries(absl::string_view path, int max, int entries, Violations& violations) {
  if (entries <= max) return true;
  AddNumber(path, absl::StrCat("must have at most ", max, " entries"), entries, violations);
  return false;
}

absl::Status StatusOf(const Violations& violations) {
  return violations.empty() ? absl::OkStatus() : InvalidArgumentError(violations);
}

absl::Status CheckShortText(absl::string_view path, absl::string_view text) {
  Violations violations;
  CheckShortText(path, text, violations);
  return StatusOf(violations);
}

}  // namespace toolcatalog
