#include "catalog_service/replicas/replica_report_rules.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "common/definition/reload_triggers.h"
#include "common/page_token.h"
#include "common/request_time.h"
#include "common/status.h"
#include "common/text.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

constexpr int kMaxEvents = 1000;
constexpr size_t kMaxEventBytes = 64 * 1024;
constexpr size_t kMaxStatisticsBytes = 64 * 1024;
constexpr int kMaxToolNames = 100;
constexpr size_t kMaxReasonCharacters = 1000;
constexpr size_t kMaxUrlCharacters = 2000;
constexpr std::array<absl::string_view, 4> kStates = {"loading", "live", "disconnected", "frozen"};

using Violations = std::vector<Violation>;

bool AllPrintable(absl::string_view text) {
  while (!text.empty()) {
    if (!IsPrintable(NextCodePoint(text))) return false;
  }
  return true;
}

void CheckText(const std::string& path, absl::string_view text, size_t max_characters, Violations& violations) {
  const size_t characters = CountCharacters(text);
  if (characters > max_characters) {
    violations.push_back(BrokenByNumber(path, absl::StrCat("must be at most ", max_characters, " characters"),
                                        absl::StrCat(characters)));
  } else if (!AllPrintable(text)) {
    violations.push_back(BrokenByText(path, "must be printable", text, ""));
  }
}

void RequireText(const std::string& path, absl::string_view text, Violations& violations) {
  if (text.empty()) {
    violations.push_back(BrokenRule(path, kIsRequired));
  } else {
    CheckText(path, text, kMaxShortTextCharacters, violations);
  }
}

template <size_t size>
void CheckWord(const std::string& path, absl::string_view word, const std::array<absl::string_view, size>& allowed,
               Violations& violations) {
  if (absl::c_linear_search(allowed, word)) return;
  violations.push_back(
      {path, absl::StrCat("unknown value ", Quoted(word), "; allowed: ", absl::StrJoin(allowed, ", "))});
}

void CheckAtLeast(const std::string& path, int64_t min, int64_t value, Violations& violations) {
  if (value >= min) return;
  violations.push_back(BrokenByNumber(path, absl::StrCat("must be at least ", min), absl::StrCat(value)));
}

void CheckBytes(const std::string& path, size_t max, size_t bytes, Violations& violations) {
  if (bytes <= max) return;
  violations.push_back(BrokenByNumber(path, absl::StrCat("must be at most ", max, " bytes"), absl::StrCat(bytes)));
}

void CheckReplica(const v1::Replica& replica, Violations& violations) {
  RequireText("replica.name", replica.name(), violations);
  RequireText("replica.boot_id", replica.boot_id(), violations);
  CheckWord("replica.state", replica.state(), kStates, violations);
  CheckText("replica.version", replica.version(), kMaxShortTextCharacters, violations);
  CheckText("replica.freeze_reason", replica.freeze_reason(), kMaxReasonCharacters, violations);
  CheckAtLeast("replica.applied_revision", 0, replica.applied_revision(), violations);
  if (!replica.has_started_at()) violations.push_back(BrokenRule("replica.started_at", kIsRequired));
  TimeOf("replica.started_at", replica.has_started_at(), replica.started_at(), violations);
  TimeOf("replica.applied_at", replica.has_applied_at(), replica.applied_at(), violations);
  CheckBytes("replica.statistics", kMaxStatisticsBytes, replica.statistics().ByteSizeLong(), violations);
}

void CheckSame(const std::string& path, const std::string& value, const std::string& expected, Violations& violations) {
  if (value == expected) return;
  violations.push_back(BrokenByText(path, absl::StrCat("must be ", Quoted(expected), " as in replica"), value, ""));
}

// An event after one with the id `before`.
void CheckEvent(const std::string& path, const v1::ReloadEvent& event, const v1::Replica& replica, int64_t before,
                Violations& violations) {
  CheckBytes(path, kMaxEventBytes, event.ByteSizeLong(), violations);
  CheckSame(path + ".replica", event.replica(), replica.name(), violations);
  CheckSame(path + ".boot_id", event.boot_id(), replica.boot_id(), violations);
  CheckAtLeast(path + ".event_id", before + 1, event.event_id(), violations);
  CheckAtLeast(path + ".missing_before", 0, event.missing_before(), violations);
  if (event.missing_before() > 0 && event.missing_before() >= event.event_id()) {
    violations.push_back(
        BrokenByNumber(path + ".missing_before", "must be less than event_id", absl::StrCat(event.missing_before())));
  }
  CheckWord(path + ".trigger", event.trigger(), kTriggers, violations);
  if (!event.has_timestamp()) violations.push_back(BrokenRule(path + ".timestamp", kIsRequired));
  TimeOf(path + ".timestamp", event.has_timestamp(), event.timestamp(), violations);
  CheckText(path + ".tool_name", event.tool_name(), kMaxToolNameCharacters, violations);
  if (event.tool_names_size() > kMaxToolNames) {
    violations.push_back(BrokenByNumber(path + ".tool_names",
                                        absl::StrCat("must have at most ", kMaxToolNames, " entries"),
                                        absl::StrCat(event.tool_names_size())));
    return;
  }
  for (int i = 0; i < event.tool_names_size(); ++i) {
    CheckText(absl::StrCat(path, ".tool_names[", i, "]"), event.tool_names(i), kMaxToolNameCharacters, violations);
  }
}

absl::Status StatusOf(const Violations& violations) {
  return violations.empty() ? absl::OkStatus() : InvalidArgumentError(violations);
}

bool IsHookNameCharacter(char character) {
  return absl::ascii_isalnum(character) || character == '_' || character == '-' || character == '.';
}

void CheckHookName(const std::string& path, absl::string_view name, Violations& violations) {
  if (name.empty()) {
    violations.push_back(BrokenRule(path, kIsRequired));
  } else if (name.size() > kMaxShortTextCharacters || !absl::c_all_of(name, IsHookNameCharacter)) {
    violations.push_back(BrokenByText(
        path, absl::StrCat("must be at most ", kMaxShortTextCharacters, " letters, digits, \"_\", \"-\" and \".\""),
        name, ""));
  }
}

}  // namespace

absl::Status CheckReport(const internal::v1::ReportReloadEventsRequest& request) {
  Violations violations;
  if (!request.has_replica()) return InvalidArgumentError("replica", kIsRequired);
  CheckReplica(request.replica(), violations);
  if (request.events_size() > kMaxEvents) {
    violations.push_back(BrokenByNumber("events", absl::StrCat("must have at most ", kMaxEvents, " entries"),
                                        absl::StrCat(request.events_size())));
    return InvalidArgumentError(violations);
  }
  int64_t before = 0;
  for (int i = 0; i < request.events_size() && violations.size() < kMaxViolations; ++i) {
    const v1::ReloadEvent& event = request.events(i);
    CheckEvent(absl::StrCat("events[", i, "]"), event, request.replica(), before, violations);
    before = event.event_id();
  }
  return StatusOf(violations);
}

absl::Status CheckStoredHook(const v1::Hook& hook) {
  Violations violations;
  CheckHookName("hook.name", hook.name(), violations);
  CheckText("hook.url", hook.url(), kMaxUrlCharacters, violations);
  if (!absl::StartsWithIgnoreCase(hook.url(), "http://") && !absl::StartsWithIgnoreCase(hook.url(), "https://")) {
    violations.push_back(BrokenByText("hook.url", "must be an absolute http or https URL", hook.url(), ""));
  }
  if (hook.triggers_size() > static_cast<int>(kTriggers.size())) {
    violations.push_back(BrokenByNumber("hook.triggers",
                                        absl::StrCat("must have at most ", kTriggers.size(), " entries"),
                                        absl::StrCat(hook.triggers_size())));
  } else {
    for (int i = 0; i < hook.triggers_size(); ++i) {
      CheckWord(absl::StrCat("hook.triggers[", i, "]"), hook.triggers(i), kTriggers, violations);
    }
  }
  CheckText("hook.secret", hook.secret(), kMaxShortTextCharacters, violations);
  return StatusOf(violations);
}

absl::Status CheckHookName(absl::string_view name) {
  Violations violations;
  CheckHookName("name", name, violations);
  return StatusOf(violations);
}

absl::StatusOr<ReloadEventList::Query> EventQueryOf(const v1::ListReloadEventsRequest& request) {
  Violations violations;
  ReloadEventList::Query query;
  absl::StatusOr<int> limit = CheckPageSize("limit", request.has_limit(), request.limit());
  if (!limit.ok()) return limit.status();
  query.limit = *limit;
  query.trigger_type = request.trigger_type();
  query.name_key = NameKey(request.tool_name());
  if (request.has_success()) query.success = request.success();
  query.replica = request.replica();
  if (!query.trigger_type.empty()) CheckWord("trigger_type", query.trigger_type, kTriggers, violations);
  if (!query.name_key.empty()) {
    if (std::optional<Violation> violation = CheckToolName("tool_name", request.tool_name())) {
      violations.push_back(*std::move(violation));
    }
  }
  CheckText("replica", query.replica, kMaxShortTextCharacters, violations);
  query.since = TimeOf("since", request.has_since(), request.since(), violations);
  query.until = TimeOf("until", request.has_until(), request.until(), violations);
  if (query.since.has_value() && query.until.has_value() && *query.since >= *query.until) {
    violations.push_back(BrokenRule("until", "must be later than since"));
  }
  if (!violations.empty()) return InvalidArgumentError(violations);
  absl::StatusOr<std::optional<EventPlace>> after = PageStart(request);
  if (!after.ok()) return after.status();
  query.after = *std::move(after);
  return query;
}

}  // namespace toolcatalog
