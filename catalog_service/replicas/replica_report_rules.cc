#include "catalog_service/replicas/replica_report_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/definition/definition_limits.h"
#include "common/request_time.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/text.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

constexpr int kMaxEvents = 1000;
constexpr size_t kMaxEventBytes = 64 * 1024;
constexpr size_t kMaxStatisticsBytes = 64 * 1024;
constexpr int kMaxToolNames = 100;
// How far the clock of a reload service may be ahead. Of two processes of one name, the one that started later counts.
constexpr absl::Duration kMaxAhead = absl::Minutes(1);
constexpr size_t kMaxReasonCharacters = 1000;
constexpr size_t kMaxUrlCharacters = 2000;
// One less than the largest number, so that each event may have one after it.
constexpr int64_t kMaxEventId = std::numeric_limits<int64_t>::max() - 1;
constexpr std::array<absl::string_view, 4> kStates = {"loading", "live", "disconnected", "frozen"};

using Violations = std::vector<Violation>;

void CheckReplica(const v1::Replica& replica, absl::Time now, Violations& violations) {
  RequireShortText("replica.name", replica.name(), violations);
  RequireShortText("replica.boot_id", replica.boot_id(), violations);
  CheckOneOf("replica.state", replica.state(), kStates, violations);
  CheckShortText("replica.version", replica.version(), violations);
  CheckText("replica.freeze_reason", replica.freeze_reason(), kMaxReasonCharacters, violations);
  CheckAtLeast("replica.applied_revision", 0, replica.applied_revision(), violations);
  if (!replica.has_started_at()) violations.push_back(BrokenRule("replica.started_at", kIsRequired));
  const auto started = TimeOf("replica.started_at", replica.has_started_at(), replica.started_at(), violations);
  if (started.has_value() && *started > now + kMaxAhead) {
    violations.push_back(BrokenByText("replica.started_at", "must not be in the future by the catalog's clock",
                                      absl::FormatTime(absl::RFC3339_sec, *started, absl::UTCTimeZone()), ""));
  }
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
  CheckAtMost(path + ".event_id", kMaxEventId, event.event_id(), violations);
  CheckAtLeast(path + ".missing_before", 0, event.missing_before(), violations);
  if (event.missing_before() > 0 && event.missing_before() >= event.event_id()) {
    violations.push_back(
        BrokenByNumber(path + ".missing_before", "must be less than event_id", absl::StrCat(event.missing_before())));
  }
  CheckTrigger(path + ".trigger", event.trigger(), violations);
  if (!event.has_timestamp()) violations.push_back(BrokenRule(path + ".timestamp", kIsRequired));
  TimeOf(path + ".timestamp", event.has_timestamp(), event.timestamp(), violations);
  CheckText(path + ".tool_name", event.tool_name(), kMaxToolNameCharacters, violations);
  if (!CheckEntries(path + ".tool_names", kMaxToolNames, event.tool_names_size(), violations)) return;
  for (int i = 0; i < event.tool_names_size(); ++i) {
    CheckText(absl::StrCat(path, ".tool_names[", i, "]"), event.tool_names(i), kMaxToolNameCharacters, violations);
  }
}

}  // namespace

absl::Status CheckReport(const internal::v1::ReportReloadEventsRequest& request, absl::Time now) {
  Violations violations;
  if (!request.has_replica()) return InvalidArgumentError("replica", kIsRequired);
  CheckReplica(request.replica(), now, violations);
  if (!CheckEntries("events", kMaxEvents, request.events_size(), violations)) return StatusOf(violations);
  int64_t before = 0;
  for (int i = 0; i < request.events_size() && violations.size() < kMaxViolations; ++i) {
    const v1::ReloadEvent& event = request.events(i);
    CheckEvent(absl::StrCat("events[", i, "]"), event, request.replica(), before, violations);
    before = std::min(event.event_id(), kMaxEventId);
  }
  return StatusOf(violations);
}

absl::Status CheckStoredHook(const v1::Hook& hook) {
  Violations violations;
  CheckNewHookName("hook.name", hook.name(), violations);
  CheckText("hook.url", hook.url(), kMaxUrlCharacters, violations);
  if (!absl::StartsWithIgnoreCase(hook.url(), "http://") && !absl::StartsWithIgnoreCase(hook.url(), "https://")) {
    violations.push_back(BrokenByText("hook.url", "must be an absolute http or https URL", hook.url(), ""));
  }
  CheckTriggers("hook.triggers", hook.triggers(), violations);
  CheckShortText("hook.secret", hook.secret(), violations);
  return StatusOf(violations);
}

absl::Status CheckHookName(absl::string_view name) {
  Violations violations;
  CheckHookName("name", name, violations);
  return StatusOf(violations);
}

}  // namespace toolcatalog
