#include "catalog_service/rpc/tool_requests.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "catalog_service/rpc/mutation_requests.h"
#include "catalog_service/search/search_text.h"
#include "common/letter_case.h"
#include "common/natural_order.h"
#include "common/page_token.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using Order = ToolReader::Order;

constexpr std::pair<const char*, Order> kOrders[] = {
    {"tool_name", Order::kName},      {"tool_name desc", Order::kNameDescending},
    {"updated_at", Order::kRevision}, {"updated_at desc", Order::kRevisionDescending},
    {"revision", Order::kRevision},   {"revision desc", Order::kRevisionDescending}};

absl::Status DamagedToken() { return InvalidArgumentError("page_token", "is damaged"); }

// Nothing stands for any word.
void CheckWord(const char* path, const std::string& value, const std::vector<std::string>& allowed,
               std::vector<Violation>& violations) {
  if (!value.empty()) CheckOneOf(path, value, allowed, violations);
}

std::optional<Order> OrderNamed(const std::string& order_by) {
  if (order_by.empty()) return Order::kName;
  for (const auto& [name, order] : kOrders) {
    if (order_by == name) return order;
  }
  return std::nullopt;
}

absl::Status CheckListRequest(const v1::ListToolsRequest& request, const Vocabulary& words) {
  std::vector<Violation> violations;
  CheckWord("platform", request.platform(), words.platforms, violations);
  CheckWord("category", request.category(), words.categories, violations);
  CheckWord("status", request.status(), words.statuses, violations);
  CheckShortText("capability", request.capability(), violations);
  CheckShortText("tag", request.tag(), violations);
  if (!OrderNamed(request.order_by()).has_value()) {
    std::vector<std::string> names;
    for (const auto& [name, order] : kOrders) names.push_back(name);
    CheckWord("order_by", request.order_by(), names, violations);
  }
  if (request.has_page()) CheckAtLeast("page", 1, request.page(), violations);
  if (request.has_page() && !request.page_token().empty()) {
    violations.push_back(BrokenRule("page", "must not be set together with page_token"));
  }
  return StatusOf(violations);
}

// The size at which a page ends early. One that is asked for by its number must not, or the next number would leave
// tools out: it is refused beyond its bound.
constexpr size_t kPageBytes = 3 << 20;
constexpr size_t kNumberedPageBytes = 32 << 20;

// A place in a list of tools travels as "revision name".
std::string EncodePlace(const ToolReader::Place& place) { return absl::StrCat(place.revision, " ", place.name_key); }

absl::StatusOr<std::optional<ToolReader::Place>> DecodePlace(const std::string& query, const std::string& token) {
  if (token.empty()) return std::nullopt;
  absl::StatusOr<std::string> text = DecodePageToken(query, token);
  if (!text.ok()) return text.status();
  const std::pair<std::string, std::string> parts = absl::StrSplit(*text, absl::MaxSplits(' ', 1));
  ToolReader::Place place{parts.second, 0};
  if (!absl::SimpleAtoi(parts.first, &place.revision)) return DamagedToken();
  return place;
}

}  // namespace

absl::Status ToolRequests::ListTools(const v1::ListToolsRequest& request, const HoldBytes& hold,
                                     v1::ListToolsResponse* response) const {
  if (absl::Status status = CheckListRequest(request, *parts_.vocabulary); !status.ok()) return status;
  absl::StatusOr<int> page_size = CheckPageSize("page_size", request.has_page_size(), request.page_size());
  if (!page_size.ok()) return page_size.status();
  ToolReader::Filter filter{request.platform(),      request.category(), request.status(), std::nullopt, {},
                            LowerCase(request.tag())};
  if (request.has_enabled()) filter.enabled = request.enabled();
  if (!request.capability().empty()) filter.capabilities = parts_.aliases->NamesFor(request.capability());
  const std::string query = absl::StrJoin({std::string("tools"), filter.platform, filter.category, filter.status,
                                           request.has_enabled() ? absl::StrCat(request.enabled()) : "",
                                           request.capability(), filter.tag, request.order_by()},
                                          "\n");
  absl::StatusOr<std::optional<ToolReader::Place>> after = DecodePlace(query, request.page_token());
  if (!after.ok()) return after.status();
  const int number = request.page_token().empty() ? std::max(1, request.page()) : 0;
  const int64_t skip = static_cast<int64_t>(std::max(0, number - 1)) * *page_size;
  absl::StatusOr<ToolReader::Page> page =
      parts_.tools->List(filter, *OrderNamed(request.order_by()), *after, skip, *page_size,
                         request.has_page() ? kNumberedPageBytes : kPageBytes, hold);
  if (!page.ok()) return page.status();
  if (request.has_page() && page->last.has_value() && static_cast<int>(page->tools.size()) < *page_size) {
    return InvalidArgumentError(
        "page_size", absl::StrCat("must be smaller for tools of this size, got ", *page_size, ": page ", number,
                                  " has more than ", kNumberedPageBytes, " bytes; or follow next_page_token"));
  }
  for (std::string& tool : page->tools) {
    AddEncoded(v1::ListToolsResponse::kToolsFieldNumber, std::move(tool), *response);
  }
  response->set_total(static_cast<int32_t>(page->total));
  response->set_page(number);
  response->set_page_size(*page_size);
  if (page->last.has_value()) response->set_next_page_token(EncodePageToken(query, EncodePlace(*page->last)));
  return absl::OkStatus();
}

absl::Status ToolRequests::ListToolVersions(const v1::ListToolVersionsRequest& request, const HoldBytes& hold,
                                            v1::ListToolVersionsResponse* response) const {
  std::vector<Violation> violations;
  CheckWord("order_by", request.order_by(), {"version", "version desc"}, violations);
  if (!violations.empty()) return InvalidArgumentError(violations);
  absl::StatusOr<std::string> name_key = RequiredNameKey(request.tool_name());
  if (!name_key.ok()) return name_key.status();
  absl::StatusOr<ToolReader::Versions> tool = parts_.tools->ListVersions(*name_key, hold);
  if (!tool.ok()) return tool.status();
  std::vector<ToolReader::Versions::Version>& versions = tool->versions;
  if (!request.order_by().empty()) {
    std::stable_sort(versions.begin(), versions.end(),
                     [](const auto& a, const auto& b) { return NaturalLess(a.version, b.version); });
  }
  if (request.order_by() == "version desc") std::reverse(versions.begin(), versions.end());
  response->set_tool_name(tool->tool_name);
  response->set_total_versions(static_cast<int32_t>(versions.size()));
  for (auto& version : versions) {
    AddEncoded(v1::ListToolVersionsResponse::kVersionsFieldNumber, std::move(version.encoded), *response);
  }
  return absl::OkStatus();
}

absl::Status ToolRequests::SearchTools(const v1::SearchToolsRequest& request, v1::SearchToolsResponse* response) const {
  absl::StatusOr<int> page_size = CheckPageSize("page_size", request.has_page_size(), request.page_size());
  if (!page_size.ok()) return page_size.status();
  absl::StatusOr<SearchQuery> search = SearchQuery::Parse(request.q(), request.fields());
  if (!search.ok()) return search.status();
  response->set_query(search->text());
  std::string query = absl::StrCat("search\n", search->text());
  for (const SearchField& field : search->fields()) {
    response->add_fields(field.name);
    query.push_back(field.letter);
  }
  // A place travels as "tier name".
  ToolSearch::Place after;
  if (!request.page_token().empty()) {
    absl::StatusOr<std::string> text = DecodePageToken(query, request.page_token());
    if (!text.ok()) return text.status();
    const std::pair<std::string, std::string> parts = absl::StrSplit(*text, absl::MaxSplits(' ', 1));
    after.name_key = parts.second;
    if (!absl::SimpleAtoi(parts.first, &after.tier)) return DamagedToken();
  }
  absl::StatusOr<ToolSearch::Page> page = parts_.search->Search(*std::move(search), after, *page_size);
  if (!page.ok()) return page.status();
  for (std::string& result : page->results) {
    AddEncoded(v1::SearchToolsResponse::kResultsFieldNumber, std::move(result), *response);
  }
  response->set_total(static_cast<int32_t>(page->total));
  if (page->last.has_value()) {
    response->set_next_page_token(EncodePageToken(query, absl::StrCat(page->last->tier, " ", page->last->name_key)));
  }
  return absl::OkStatus();
}

absl::Status ToolRequests::ListCapabilities(const v1::ListCapabilitiesRequest& request,
                                            v1::ListCapabilitiesResponse* response) const {
  absl::StatusOr<int> page_size = CheckPageSize("page_size", request.has_page_size(), request.page_size());
  if (!page_size.ok()) return page_size.status();
  std::string after;
  if (!request.page_token().empty()) {
    absl::StatusOr<std::string> place = DecodePageToken("capabilities", request.page_token());
    if (!place.ok()) return place.status();
    after = *std::move(place);
  }
  absl::StatusOr<CapabilityReader::Page> page = parts_.capabilities->List(after, *page_size);
  if (!page.ok()) return page.status();
  for (auto& entry : page->capabilities) *response->add_capabilities() = std::move(entry);
  response->set_total(static_cast<int32_t>(page->total));
  if (!page->last_name.empty()) response->set_next_page_token(EncodePageToken("capabilities", page->last_name));
  return absl::OkStatus();
}

absl::Status ToolRequests::ListCapabilityTools(const v1::ListCapabilityToolsRequest& request,
                                               v1::ListCapabilityToolsResponse* response) const {
  std::vector<Violation> violations;
  RequireShortText("capability_name", request.capability_name(), violations);
  if (!violations.empty()) return InvalidArgumentError(violations);
  absl::StatusOr<int> page_size = CheckPageSize("page_size", request.has_page_size(), request.page_size());
  if (!page_size.ok()) return page_size.status();
  const std::vector<std::string> names = parts_.aliases->NamesFor(request.capability_name());
  const std::string query = absl::StrCat("tools of capability\n", absl::StrJoin(names, "\n"));
  // A place travels as capability and tool, in two lines.
  std::optional<CapabilityReader::Place> after;
  if (!request.page_token().empty()) {
    absl::StatusOr<std::string> text = DecodePageToken(query, request.page_token());
    if (!text.ok()) return text.status();
    const std::pair<std::string, std::string> parts = absl::StrSplit(*text, absl::MaxSplits('\n', 1));
    after = CapabilityReader::Place{parts.first, parts.second};
  }
  absl::StatusOr<CapabilityReader::ToolsPage> page = parts_.capabilities->Tools(names, after, *page_size);
  if (!page.ok()) return page.status();
  response->set_capability(request.capability_name());
  for (std::string& tool : page->tools) {
    AddEncoded(v1::ListCapabilityToolsResponse::kToolsFieldNumber, std::move(tool), *response);
  }
  response->set_total(static_cast<int32_t>(page->total));
  if (page->last.has_value()) {
    response->set_next_page_token(
        EncodePageToken(query, absl::StrCat(page->last->capability_name, "\n", page->last->name_key)));
  }
  return absl::OkStatus();
}

}  // namespace toolcatalog
