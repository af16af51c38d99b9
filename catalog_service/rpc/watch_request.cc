#include "catalog_service/rpc/watch_request.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/changes/change_rows.h"
#include "common/definition/definition.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr int kMaxToolNames = 1000;
constexpr int kMinBookmarkIntervalMs = 100;
constexpr int kMaxBookmarkIntervalMs = 60000;
constexpr absl::Duration kDefaultBookmarkInterval = absl::Seconds(5);
constexpr size_t kStateHashDigits = 32;

void CheckStart(const v1::WatchToolsRequest& request, std::vector<Violation>& violations) {
  if (request.has_from_revision()) CheckAtLeast("from_revision", 0, request.from_revision(), violations);
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

// Nothing stands for any word.
void CheckWord(const char* path, const std::string& value, const std::vector<std::string>& allowed,
               std::vector<Violation>& violations) {
  if (!value.empty()) CheckOneOf(path, value, allowed, violations);
}

void CheckToolNames(const v1::WatchToolsRequest& request, std::vector<Violation>& violations) {
  if (!CheckEntries("tool_names", kMaxToolNames, request.tool_names_size(), violations)) return;
  for (int i = 0; i < request.tool_names_size(); ++i) {
    CheckToolName(absl::StrCat("tool_names[", i, "]"), request.tool_names(i), violations);
  }
}

void CheckKinds(const v1::WatchToolsRequest& request, std::vector<Violation>& violations) {
  const auto known = static_cast<int>(ChangeKinds().size());
  if (!CheckEntries("kinds", known, request.kinds_size(), violations)) return;
  for (int i = 0; i < request.kinds_size(); ++i) {
    std::string wrong = CheckChangeKind(request.kinds(i));
    if (!wrong.empty()) violations.push_back({absl::StrCat("kinds[", i, "]"), std::move(wrong)});
  }
}

}  // namespace

absl::Status CheckWatchRequest(const v1::WatchToolsRequest& request, const Vocabulary& vocabulary) {
  std::vector<Violation> violations;
  CheckStart(request, violations);
  CheckToolNames(request, violations);
  CheckWord("platform", request.platform(), vocabulary.platforms, violations);
  CheckWord("category", request.category(), vocabulary.categories, violations);
  CheckShortText("capability", request.capability(), violations);
  CheckKinds(request, violations);
  const int interval = request.bookmark_interval_ms();
  if (request.has_bookmark_interval_ms() && (interval < kMinBookmarkIntervalMs || interval > kMaxBookmarkIntervalMs)) {
    violations.push_back({"bookmark_interval_ms", absl::StrCat("must be from ", kMinBookmarkIntervalMs, " to ",
                                                               kMaxBookmarkIntervalMs, ", got ", interval)});
  }
  return StatusOf(violations);
}

absl::Duration BookmarkInterval(const v1::WatchToolsRequest& request) {
  return request.has_bookmark_interval_ms() ? absl::Milliseconds(request.bookmark_interval_ms())
                                            : kDefaultBookmarkInterval;
}

}  // namespace toolcatalog
