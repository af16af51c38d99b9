#include "catalog_service/rpc/change_requests.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "catalog_service/changes/change_rows.h"
#include "catalog_service/rpc/mutation_requests.h"
#include "common/definition/definition.h"
#include "common/page_token.h"
#include "common/request_time.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// A place in a token is "revision.ordinal".
std::string EncodePlace(const std::string& query, const ChangePlace& place) {
  return EncodePageToken(query, absl::StrCat(place.revision, ".", place.ordinal));
}

absl::StatusOr<std::optional<ChangePlace>> DecodePlace(const std::string& query, const std::string& token) {
  if (token.empty()) return std::nullopt;
  absl::StatusOr<std::string> text = DecodePageToken(query, token);
  if (!text.ok()) return text.status();
  const std::pair<std::string, std::string> parts = absl::StrSplit(*text, absl::MaxSplits('.', 1));
  ChangePlace place;
  if (!absl::SimpleAtoi(parts.first, &place.revision) || !absl::SimpleAtoi(parts.second, &place.ordinal)) {
    return InvalidArgumentError("page_token", "is damaged");
  }
  return place;
}

ChangeList::Query QueryOf(const v1::ListChangesRequest& request, std::vector<Violation>& violations) {
  ChangeList::Query query;
  query.from_revision = request.from_revision();
  query.name_key = NameKey(request.tool_name());
  query.actor = request.actor();
  query.kind = request.kind();
  query.newest_first = request.newest_first();
  CheckAtLeast("from_revision", 0, query.from_revision, violations);
  CheckOptionalToolName("tool_name", request.tool_name(), violations);
  CheckShortText("actor", query.actor, violations);
  if (!query.kind.empty()) {
    if (std::string wrong = CheckChangeKind(query.kind); !wrong.empty()) violations.push_back({"kind", wrong});
  }
  const TimeRange range = TimeRangeOf(request, violations);
  query.since = range.since;
  query.until = range.until;
  return query;
}

std::string TextOf(const std::optional<absl::Time>& time) {
  return time.has_value() ? absl::StrCat(absl::ToUnixMicros(*time)) : "";
}

}  // namespace

absl::StatusOr<v1::ListChangesResponse> ChangeRequests::List(const v1::ListChangesRequest& request) const {
  std::vector<Violation> violations;
  const ChangeList::Query query = QueryOf(request, violations);
  if (!violations.empty()) return InvalidArgumentError(violations);
  absl::StatusOr<int> page_size = CheckPageSize("page_size", request.has_page_size(), request.page_size());
  if (!page_size.ok()) return page_size.status();
  const std::string mark =
      absl::StrJoin({std::string("changes"), absl::StrCat(query.from_revision), query.name_key, query.actor, query.kind,
                     TextOf(query.since), TextOf(query.until), absl::StrCat(query.newest_first)},
                    "\n");
  absl::StatusOr<std::optional<ChangePlace>> after = DecodePlace(mark, request.page_token());
  if (!after.ok()) return after.status();
  absl::StatusOr<ChangeList::Page> page = list_.List(query, *after, *page_size);
  if (!page.ok()) return page.status();
  v1::ListChangesResponse response;
  for (std::string& change : page->changes) {
    AddEncoded(v1::ListChangesResponse::kChangesFieldNumber, std::move(change), response);
  }
  response.set_revision(page->bounds.current_revision);
  response.set_oldest_revision(page->bounds.oldest_revision);
  if (page->end.has_value()) response.set_next_page_token(EncodePlace(mark, *page->end));
  return response;
}

absl::StatusOr<v1::ListToolHistoryResponse> ChangeRequests::History(const v1::ListToolHistoryRequest& request,
                                                                    const std::function<bool()>& abandoned) const {
  absl::StatusOr<std::string> name_key = RequiredNameKey(request.tool_name());
  if (!name_key.ok()) return name_key.status();
  absl::StatusOr<std::string> version_key = OptionalVersionKey(request.version());
  if (!version_key.ok()) return version_key.status();
  absl::StatusOr<int> page_size = CheckPageSize("page_size", request.has_page_size(), request.page_size());
  if (!page_size.ok()) return page_size.status();
  const std::string mark = absl::StrCat("history\n", *name_key, "\n", *version_key);
  absl::StatusOr<std::optional<ChangePlace>> before = DecodePlace(mark, request.page_token());
  if (!before.ok()) return before.status();
  absl::StatusOr<ToolHistory::Page> page = history_.List(*name_key, *version_key, *before, *page_size, abandoned);
  if (!page.ok()) return page.status();
  v1::ListToolHistoryResponse response;
  response.set_tool_name(page->tool_name);
  for (std::string& entry : page->entries) {
    AddEncoded(v1::ListToolHistoryResponse::kHistoryFieldNumber, std::move(entry), response);
  }
  if (page->end.has_value()) response.set_next_page_token(EncodePlace(mark, *page->end));
  return response;
}

}  // namespace toolcatalog
