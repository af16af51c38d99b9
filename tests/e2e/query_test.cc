// Lists, searches and capabilities as callers of the service see them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class QueryTest : public EndToEndFixture {
 protected:
  // A catalog whose configuration has its own groups of aliases.
  void SetUp() override {
    EndToEndFixture::SetUp();
    auto services = ServiceFixture::Start({{conninfo()}, {}, "capability_aliases: {counting: [line_counting]}\n", ""});
    ASSERT_THAT(services, IsOk());
    own_ = *std::move(services);
    for (const char* name : {"wc", "nl", "cat"}) ASSERT_THAT(Create(own(), SampleTool(name)), IsOk());
  }
  v1::CatalogService::Stub& own() { return own_->catalog(); }

  template <typename Response, typename Request>
  grpc::Status Ask(grpc::Status (v1::CatalogService::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response* response) {
    grpc::ClientContext context;
    return (own().*method)(&context, request, response);
  }

 private:
  std::unique_ptr<ServiceFixture> own_;
};

TEST_F(QueryTest, ListsFilterByConfiguredAliasesAndOrder) {
  v1::ListToolsRequest request;
  request.set_capability("counting");
  request.set_tag("SAMPLE");
  request.set_order_by("tool_name desc");
  v1::ListToolsResponse response;
  ASSERT_THAT(Ask(&v1::CatalogService::Stub::ListTools, request, &response), IsOk());
  std::vector<std::string> names;
  for (const v1::Tool& tool : response.tools()) names.push_back(tool.tool_name());
  EXPECT_THAT(names, ElementsAre("wc", "nl", "cat"));
  request.set_capability("file_reading");
  v1::ListToolsResponse none;
  ASSERT_THAT(Ask(&v1::CatalogService::Stub::ListTools, request, &none), IsOk());
  EXPECT_EQ(none.total(), 0);
}

TEST_F(QueryTest, SearchesFind) {
  v1::SearchToolsRequest request;
  request.set_q("sampel nl");
  v1::SearchToolsResponse response;
  ASSERT_THAT(Ask(&v1::CatalogService::Stub::SearchTools, request, &response), IsOk());
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).tool().tool_name(), "nl");
  EXPECT_EQ(response.results(0).highlights(0).text(), "**nl**");
  request.set_q(std::string(10000, '%'));
  const grpc::Status refused = Ask(&v1::CatalogService::Stub::SearchTools, request, &response);
  EXPECT_THAT(refused, HasCode(grpc::StatusCode::INVALID_ARGUMENT));
  EXPECT_THAT(refused.error_message(), HasSubstr("q: must have at most 200 characters"));
}

TEST_F(QueryTest, CapabilitiesAreListedWithTheirTools) {
  v1::ListCapabilitiesResponse capabilities;
  ASSERT_THAT(Ask(&v1::CatalogService::Stub::ListCapabilities, v1::ListCapabilitiesRequest(), &capabilities), IsOk());
  ASSERT_EQ(capabilities.capabilities_size(), 1);
  EXPECT_EQ(capabilities.capabilities(0).capability_name(), "line_counting");
  EXPECT_EQ(capabilities.capabilities(0).tool_count(), 3);
  v1::ListCapabilityToolsRequest request;
  request.set_capability_name("counting");
  v1::ListCapabilityToolsResponse tools;
  ASSERT_THAT(Ask(&v1::CatalogService::Stub::ListCapabilityTools, request, &tools), IsOk());
  ASSERT_EQ(tools.tools_size(), 3);
  EXPECT_EQ(tools.tools(0).tool_name(), "cat");
  EXPECT_EQ(tools.tools(0).capability().patterns(0).pattern_name(), "count_lines");
}

TEST_F(QueryTest, ContradictoryAliasesKeepTheServiceFromStarting) {
  const auto services = ServiceFixture::Start({{conninfo()}, {}, "capability_aliases: {a: [x], b: [x]}\n", ""});
  ASSERT_FALSE(services.ok());
  EXPECT_THAT(std::string(services.status().message()),
              HasSubstr("capability_aliases.b: \"x\" must stand in one group only, and once"));
}

}  // namespace
}  // namespace toolcatalog
