#include "catalog_service/rpc/watch_request.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catalog_service/changes/change_rows.h"
#include "common/definition/definition.h"
#include "common/definition/validation/field_checker.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr int kMaxToolNames = 1000;
constexpr int kMinBookmarkIntervalMs = 100;
constexpr int kMaxBookmarkIntervalMs = 60000;
constexpr absl::Duration kDefaultBookmarkInterval = absl::Seconds(5);
constexpr size_t kStateHashDigits = 32;

void CheckStart(const v1::WatchToolsRequest& request, std::vector<Violation>& violations) {
  if (request.has_from_revision() && request.from_revision() < 0) {
    violations.push_back({"from_revision", absl::StrCat("must be at least 0, got ", request.from_revision())});
  }
  if (request.has_from_revision() && request.snapshot()) {
    violations.push_back({"from_revision", "must not be set together with snapshot"});
  }
  if (!request.state_hash().empty() && !request.has_from_revision()) {
    violations.push_back({"state_hash", "must not be set without from_revision"});
  }
  const bool hex = std::all_of(request.state_hash().begin(), request.state_hash().end(),
                               [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
  if (!request.state_hash().empty() && (request.state_hash().size() != kStateHashDigits || !hex)) {
    violations.push_back({"state_hash", "must be 32 hex digits"});
  }
}

void CheckWord(const char* path, const std::string& value, const std::vector<std::string>& allowed,
               std::vector<Violation>& violations) {
  if (value.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  violations.push_back(
      {path, absl::StrCat("unknown value ", Quoted(value), "; allowed: ", absl::StrJoin(allowed, ", "))});
}

void CheckToolNames(const v1::WatchToolsRequest& request, std::vector<Violation>& violations) {
  const int count = request.tool_names_size();
  if (count > kMaxToolNames) {
    violations.push_back({"tool_names", absl::StrCat("must have at most ", kMaxToolNames, " entries, got ", count)});
    return;
  }
  for (int i = 0; i < count; ++i) {
    auto violation = CheckToolName(absl::StrCat("tool_names[", i, "]"), request.tool_names(i));
    if (violation.has_value()) violations.push_back(*std::move(violation));
  }
}

void CheckKinds(const v1::WatchToolsRequest& request, std::vector<Violation>& violations) {
  const int count = request.kinds_size(), known = static_cast<int>(ChangeKinds().size());
  if (count > known) {
    violations.push_back({"kinds", absl::StrCat("must have at most ", known, " entries, got ", count)});
    return;
  }
  for (int i = 0; i < count; ++i) {
    std::string wrong = CheckChangeKind(request.kinds(i));
    if (!wrong.empty()) violations.push_back({absl::StrCat("kinds[", i, "]"), std::move(wrong)});
  }
}

void CheckCapability(const std::string& capability, std::vector<Violation>& violations) {
  FieldChecker checker;
  checker.CheckShortText("capability", capability);
  for (Violation& violation : checker.TakeFindings().errors) violations.push_back(std::move(violation));
}

}  // namespace

absl::Status CheckWatchRequest(const v1::WatchToolsRequest& request, const Vocabulary& vocabulary) {
  std::vector<Violation> violations;
  CheckStart(request, violations);
  CheckToolNames(request, violations);
  CheckWord("platform", request.platform(), vocabulary.platforms, violations);
  CheckWord("category", request.category(), vocabulary.categories, violations);
  CheckCapability(request.capability(), violations);
  CheckKinds(request, violations);
  const int interval = request.bookmark_interval_ms();
  if (request.has_bookmark_interval_ms() && (interval < kMinBookmarkIntervalMs || interval > kMaxBookmarkIntervalMs)) {
    violations.push_back({"bookmark_interval_ms", absl::StrCat("must be from ", kMinBookmarkIntervalMs, " to ",
                                                               kMaxBookmarkIntervalMs, ", got ", interval)});
  }
  return violations.empty() ? absl::OkStatus() : InvalidArgumentError(violations);
}

absl::Duration BookmarkInterval(const v1::WatchToolsRequest& request) {
  return request.has_bookmark_interval_ms() ? absl::Milliseconds(request.bookmark_interval_ms())
                                            : kDefaultBookmarkInterval;
}

}  // namespace toolcatalog
