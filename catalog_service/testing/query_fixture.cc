#include "catalog_service/testing/query_fixture.h"

#include "absl/strings/str_cat.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

template <typename Response, typename Request>
absl::StatusOr<Response> Ask(const ToolRequests& queries,
                             absl::Status (ToolRequests::*method)(const Request&, Response*) const,
                             const Request& request) {
  Response response;
  const absl::Status status = (queries.*method)(request, &response);
  return AsReceived(status.ok() ? absl::StatusOr<Response>(response) : status);
}
// For methods that tell how much they hold.
template <typename Response, typename Request>
absl::StatusOr<Response> Ask(const ToolRequests& queries,
                             absl::Status (ToolRequests::*method)(const Request&, const HoldBytes&, Response*) const,
                             const HoldBytes& hold, const Request& request) {
  Response response;
  const absl::Status status = (queries.*method)(request, hold, &response);
  return AsReceived(status.ok() ? absl::StatusOr<Response>(response) : status);
}

}  // namespace

void QueryFixture::SetUp() {
  StoreFixture::SetUp();
  auto aliases = CapabilityAliases::Make(CapabilityAliases::DefaultGroups());
  ASSERT_THAT(aliases, IsOk());
  aliases_ = std::make_unique<CapabilityAliases>(*std::move(aliases));
  search_ = std::make_unique<ToolSearch>(pool_.get());
  capabilities_ = std::make_unique<CapabilityReader>(pool_.get());
  queries_ = std::make_unique<ToolRequests>(
      ToolRequests::Parts{&validator_.vocabulary(), aliases_.get(), reader_.get(), search_.get(), capabilities_.get()});
}

absl::StatusOr<v1::ListToolsResponse> QueryFixture::List(const v1::ListToolsRequest& request) {
  return Ask(*queries_, &ToolRequests::ListTools, hold_, request);
}
absl::StatusOr<v1::SearchToolsResponse> QueryFixture::Search(const v1::SearchToolsRequest& request) {
  return Ask(*queries_, &ToolRequests::SearchTools, request);
}
absl::StatusOr<v1::ListCapabilitiesResponse> QueryFixture::Capabilities(const v1::ListCapabilitiesRequest& request) {
  return Ask(*queries_, &ToolRequests::ListCapabilities, request);
}
absl::StatusOr<v1::ListCapabilityToolsResponse> QueryFixture::CapabilityTools(
    const v1::ListCapabilityToolsRequest& request) {
  return Ask(*queries_, &ToolRequests::ListCapabilityTools, request);
}
absl::StatusOr<v1::ListToolVersionsResponse> QueryFixture::Versions(const v1::ListToolVersionsRequest& request) {
  return Ask(*queries_, &ToolRequests::ListToolVersions, hold_, request);
}

v1::ListToolsRequest QueryFixture::OrderedBy(const std::string& order_by, int page_size) {
  v1::ListToolsRequest request;
  request.set_order_by(order_by);
  request.set_page_size(page_size);
  return request;
}

std::string QueryFixture::ProblemOf(const v1::ListToolsRequest& request) {
  return std::string(List(request).status().message());
}

void QueryFixture::Store(const v1::Tool& tool) { ASSERT_THAT(Write(CreateMutation{tool}), IsOk()); }

void QueryFixture::Change(const std::string& name_key, const std::string& path, const v1::Tool& values) {
  UpdateMutation update;
  update.name_key = name_key;
  update.paths = {path};
  update.values = values;
  ASSERT_THAT(Write(update), IsOk());
}

void QueryFixture::Remove(const std::string& name_key, const std::string& version_key) {
  DeleteMutation deletion;
  deletion.name_key = name_key;
  deletion.version_key = version_key;
  ASSERT_THAT(Write(deletion), IsOk());
}

v1::Tool BareTool(const std::string& name, const std::string& description) {
  v1::Tool tool = NormalTool(name);
  tool.set_description(description);
  tool.clear_capabilities();
  tool.clear_metadata();
  return tool;
}

v1::Tool ToolWith(const std::string& name, const std::vector<std::string>& capabilities) {
  v1::Tool tool = BareTool(name, "does this and that");
  for (const std::string& capability_name : capabilities) {
    v1::Capability* capability = tool.add_capabilities();
    capability->set_capability_name(capability_name);
    *capability->add_patterns() = NormalTool("x").capabilities(0).patterns(0);
    capability->mutable_patterns(0)->set_pattern_name(absl::StrCat(capability_name, "_pattern"));
  }
  return tool;
}

void SetTags(const std::vector<std::string>& tags, v1::Tool& tool) {
  auto* list = (*tool.mutable_metadata()->mutable_fields())["tags"].mutable_list_value();
  list->clear_values();
  for (const std::string& tag : tags) list->add_values()->set_string_value(tag);
}

}  // namespace toolcatalog
