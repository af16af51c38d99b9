#ifndef CATALOG_SERVICE_TESTING_QUERY_FIXTURE_H_
#define CATALOG_SERVICE_TESTING_QUERY_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "catalog_service/rpc/tool_requests.h"
#include "catalog_service/testing/store_fixture.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A database with the queries on it, with the default vocabulary and aliases.
class QueryFixture : public StoreFixture {
 protected:
  void SetUp() override;

  absl::StatusOr<v1::ListToolsResponse> List(const v1::ListToolsRequest& request);
  absl::StatusOr<v1::SearchToolsResponse> Search(const v1::SearchToolsRequest& request);
  absl::StatusOr<v1::ListCapabilitiesResponse> Capabilities(const v1::ListCapabilitiesRequest& request);
  absl::StatusOr<v1::ListCapabilityToolsResponse> CapabilityTools(const v1::ListCapabilityToolsRequest& request);
  absl::StatusOr<v1::ListToolVersionsResponse> Versions(const v1::ListToolVersionsRequest& request);

  static v1::ListToolsRequest OrderedBy(const std::string& order_by, int page_size = 50);
  // Why a list is refused.
  std::string ProblemOf(const v1::ListToolsRequest& request);

  // Stores a definition, and fails the test if that does not work.
  void Store(const v1::Tool& tool);
  // Changes one field of a tool's latest version.
  void Change(const std::string& name_key, const std::string& path, const v1::Tool& values);
  void Remove(const std::string& name_key, const std::string& version_key = "");

 private:
  std::unique_ptr<CapabilityAliases> aliases_;
  std::unique_ptr<ToolSearch> search_;
  std::unique_ptr<CapabilityReader> capabilities_;
  std::unique_ptr<ToolRequests> queries_;
};

// A definition without capabilities or tags.
v1::Tool BareTool(const std::string& name, const std::string& description);
// The same with capabilities, each with one pattern "<capability>_pattern".
v1::Tool ToolWith(const std::string& name, const std::vector<std::string>& capabilities);
void SetTags(const std::vector<std::string>& tags, v1::Tool& tool);

// Names of the tools of an answer: `tools` or `results`.
template <typename Tools>
std::vector<std::string> NamesOf(const Tools& tools) {
  std::vector<std::string> names;
  for (const auto& tool : tools) names.push_back(tool.tool_name());
  return names;
}

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_TESTING_QUERY_FIXTURE_H_
