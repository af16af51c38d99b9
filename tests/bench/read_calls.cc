#include "tests/bench/read_calls.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/rpc/grpc_status.h"
#include "tests/support/catalog_calls.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using Catalog = v1::CatalogService::Stub;

template <typename Response, typename Request>
absl::StatusOr<Response> Call(Catalog& catalog,
                              grpc::Status (Catalog::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request) {
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = (catalog.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

ReadCall ListCall(Catalog& catalog, const std::string& name, v1::ListToolsRequest request, bool deep = false) {
  // A page from the middle of the names.
  if (deep) {
    v1::ListToolsRequest middle = request;
    middle.set_page_size(1000);
    for (int i = 0; i < 40; ++i) {
      const auto page = Call(catalog, &Catalog::ListTools, middle);
      if (!page.ok() || page->next_page_token().empty()) break;
      middle.set_page_token(page->next_page_token());
    }
    request.set_page_token(middle.page_token());
  }
  return {absl::StrCat("list, ", name), "", [&catalog, request](int) -> absl::StatusOr<int64_t> {
            const auto response = Call(catalog, &Catalog::ListTools, request);
            if (!response.ok()) return response.status();
            return response->total();
          }};
}

ReadCall SearchCall(Catalog& catalog, const std::string& name, const std::string& q, const std::string& field = "") {
  v1::SearchToolsRequest request;
  request.set_q(q);
  if (!field.empty()) request.add_fields(field);
  return {absl::StrCat("search, ", name, " (", q, ")"), "p95 under 50 ms",
          [&catalog, request](int) -> absl::StatusOr<int64_t> {
            const auto response = Call(catalog, &Catalog::SearchTools, request);
            if (!response.ok()) return response.status();
            return response->total();
          }};
}

std::vector<ReadCall> ListCalls(Catalog& catalog, const std::string& common_capability) {
  std::vector<ReadCall> cases;
  v1::ListToolsRequest request;
  cases.push_back(ListCall(catalog, "first page", request));
  cases.push_back(ListCall(catalog, "page after 40,000", request, true));
  request.set_page(1000);
  cases.push_back(ListCall(catalog, "page=1000", request));
  for (const char* order : {"tool_name desc", "revision", "revision desc", "updated_at desc"}) {
    v1::ListToolsRequest ordered;
    ordered.set_order_by(order);
    cases.push_back(ListCall(catalog, absl::StrCat("order ", order), ordered));
  }
  v1::ListToolsRequest filtered;
  filtered.set_platform("network");
  cases.push_back(ListCall(catalog, "platform", filtered));
  filtered.set_enabled(true);
  filtered.set_status("active");
  filtered.set_category("network");
  cases.push_back(ListCall(catalog, "platform, category, status, enabled", filtered));
  v1::ListToolsRequest none;
  none.set_status("draft");
  cases.push_back(ListCall(catalog, "status that none has", none));
  v1::ListToolsRequest capability;
  capability.set_capability(common_capability);
  cases.push_back(ListCall(catalog, "capability", capability));
  capability.set_order_by("revision desc");
  cases.push_back(ListCall(catalog, "capability, order revision desc", capability));
  v1::ListToolsRequest tag;
  tag.set_tag("network");
  cases.push_back(ListCall(catalog, "tag", tag));
  return cases;
}

std::vector<ReadCall> SearchCalls(Catalog& catalog, const std::string& some_name) {
  std::vector<ReadCall> cases;
  cases.push_back(SearchCall(catalog, "exact name", some_name));
  cases.push_back(SearchCall(catalog, "rare word", "w4711"));
  cases.push_back(SearchCall(catalog, "word", "docker"));
  cases.push_back(SearchCall(catalog, "common word", "monitoring"));
  cases.push_back(SearchCall(catalog, "word of nearly all", "project"));
  cases.push_back(SearchCall(catalog, "two words", "network monitoring"));
  cases.push_back(SearchCall(catalog, "three words", "linux system command"));
  cases.push_back(SearchCall(catalog, "prefix of 3", "kub"));
  cases.push_back(SearchCall(catalog, "prefix of 2", "co"));
  cases.push_back(SearchCall(catalog, "typo", "dokcer"));
  cases.push_back(SearchCall(catalog, "two typos", "kuberntse"));
  cases.push_back(SearchCall(catalog, "no such word", "xyzzyplugh"));
  cases.push_back(SearchCall(catalog, "name only", "network", "name"));
  cases.push_back(SearchCall(catalog, "tags only", "network", "tags"));
  return cases;
}

std::vector<ReadCall> OtherCalls(Catalog& catalog, const std::vector<std::string>& names,
                                 const std::string& common_capability) {
  std::vector<ReadCall> cases;
  cases.push_back({"get", "", [&catalog, names](int i) -> absl::StatusOr<int64_t> {
                     const auto response = Get(catalog, names[i % names.size()]);
                     if (!response.ok()) return response.status();
                     return 1;
                   }});
  cases.push_back({"capabilities, first page", "", [&catalog](int) -> absl::StatusOr<int64_t> {
                     const auto response = Call(catalog, &Catalog::ListCapabilities, v1::ListCapabilitiesRequest());
                     if (!response.ok()) return response.status();
                     return response->total();
                   }});
  cases.push_back({"tools of a capability", "", [&catalog, common_capability](int) -> absl::StatusOr<int64_t> {
                     v1::ListCapabilityToolsRequest request;
                     request.set_capability_name(common_capability);
                     const auto response = Call(catalog, &Catalog::ListCapabilityTools, request);
                     if (!response.ok()) return response.status();
                     return response->total();
                   }});
  cases.push_back({"history of a tool", "", [&catalog, names](int i) -> absl::StatusOr<int64_t> {
                     v1::ListToolHistoryRequest request;
                     request.set_tool_name(names[i % names.size()]);
                     const auto response = Call(catalog, &Catalog::ListToolHistory, request);
                     if (!response.ok()) return response.status();
                     return response->history_size();
                   }});
  return cases;
}

// The capability on the first page that most tools have.
absl::StatusOr<std::string> CommonCapability(Catalog& catalog) {
  const auto page = Call(catalog, &Catalog::ListCapabilities, v1::ListCapabilitiesRequest());
  if (!page.ok()) return page.status();
  const auto most = std::max_element(page->capabilities().begin(), page->capabilities().end(),
                                     [](const auto& a, const auto& b) { return a.tool_count() < b.tool_count(); });
  return most == page->capabilities().end() ? "" : most->capability_name();
}

}  // namespace

absl::StatusOr<std::vector<ReadCall>> ReadCalls(Catalog& catalog) {
  v1::ListToolsRequest some;
  some.set_page_size(1000);
  const auto listed = Call(catalog, &Catalog::ListTools, some);
  if (!listed.ok()) return listed.status();
  std::vector<std::string> names;
  for (const v1::Tool& tool : listed->tools()) names.push_back(tool.tool_name());
  const auto capability = CommonCapability(catalog);
  if (!capability.ok()) return capability.status();
  std::vector<ReadCall> calls = OtherCalls(catalog, names, *capability);
  for (const auto& more : {ListCalls(catalog, *capability), SearchCalls(catalog, names[names.size() / 2])}) {
    calls.insert(calls.end(), more.begin(), more.end());
  }
  return calls;
}

}  // namespace toolcatalog
