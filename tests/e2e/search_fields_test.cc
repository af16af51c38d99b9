// Every field of the requests that search, list capabilities or export has the effect that its comment promises.

#include <functional>
#include <string>

#include "tests/e2e/read_fields_fixture.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using SearchFieldsTest = ReadFieldsFixture;

TEST_F(SearchFieldsTest, SearchTools) {
  v1::Tool tool = WithCapability("kubectl", "container_listing");
  tool.set_description("Lists the pods of a cluster");
  Made(tool);
  v1::Tool other = Definition("pod_report");
  other.set_description("Reports on kubectl usage");
  Made(other);
  v1::SearchToolsRequest request;
  request.set_q("kubectl");
  ShowEffects({v1::SearchToolsRequest::descriptor()},
              {{"SearchToolsRequest.q",
                [&] {
                  const v1::SearchToolsResponse response = Ok(&Stub::SearchTools, request);
                  ASSERT_THAT(response.results(), SizeIs(2));
                  EXPECT_EQ(response.results(0).tool().tool_name(), "kubectl");
                }},
               {"SearchToolsRequest.fields",
                [&] {
                  v1::SearchToolsRequest in_description = request;
                  in_description.add_fields("description");
                  const v1::SearchToolsResponse response = Ok(&Stub::SearchTools, in_description);
                  ASSERT_THAT(response.results(), SizeIs(1));
                  EXPECT_EQ(response.results(0).tool().tool_name(), "pod_report");
                }},
               {"SearchToolsRequest.page_size",
                [&] {
                  v1::SearchToolsRequest page = request;
                  page.set_page_size(1);
                  const v1::SearchToolsResponse response = Ok(&Stub::SearchTools, page);
                  EXPECT_THAT(response.results(), SizeIs(1));
                  EXPECT_EQ(response.total(), 2);
                }},
               {"SearchToolsRequest.page_token", [&] {
                  v1::SearchToolsRequest page = request;
                  page.set_page_size(1);
                  page.set_page_token(Ok(&Stub::SearchTools, page).next_page_token());
                  const v1::SearchToolsResponse response = Ok(&Stub::SearchTools, page);
                  ASSERT_THAT(response.results(), SizeIs(1));
                  EXPECT_EQ(response.results(0).tool().tool_name(), "pod_report");
                }}});
}

TEST_F(SearchFieldsTest, Capabilities) {
  Made(WithCapability("a", "file_reading"));
  Made(WithCapability("b", "read_file"));
  Made(WithCapability("c", "zipping"));
  v1::ListCapabilitiesRequest list;
  v1::ListCapabilityToolsRequest tools;
  tools.set_capability_name("read_file");
  ShowEffects({v1::ListCapabilitiesRequest::descriptor(), v1::ListCapabilityToolsRequest::descriptor()},
              {{"ListCapabilitiesRequest.page_size",
                [&] {
                  list.set_page_size(2);
                  const v1::ListCapabilitiesResponse response = Ok(&Stub::ListCapabilities, list);
                  EXPECT_THAT(response.capabilities(), SizeIs(2));
                  EXPECT_EQ(response.total(), 3);
                }},
               {"ListCapabilitiesRequest.page_token",
                [&] {
                  list.set_page_size(2);
                  list.set_page_token(Ok(&Stub::ListCapabilities, list).next_page_token());
                  const v1::ListCapabilitiesResponse response = Ok(&Stub::ListCapabilities, list);
                  ASSERT_THAT(response.capabilities(), SizeIs(1));
                  EXPECT_EQ(response.capabilities(0).capability_name(), "zipping");
                  EXPECT_EQ(response.capabilities(0).tool_count(), 1);
                }},
               {"ListCapabilityToolsRequest.capability_name",
                [&] {
                  const v1::ListCapabilityToolsResponse response = Ok(&Stub::ListCapabilityTools, tools);
                  EXPECT_THAT(NamesOf(response.tools()), ElementsAre("b", "a")) << "the very name first";
                  EXPECT_THAT(response.tools(0).capability().patterns(), SizeIs(1));
                }},
               {"ListCapabilityToolsRequest.page_size",
                [&] {
                  tools.set_page_size(1);
                  const v1::ListCapabilityToolsResponse response = Ok(&Stub::ListCapabilityTools, tools);
                  EXPECT_THAT(NamesOf(response.tools()), ElementsAre("b"));
                  EXPECT_EQ(response.total(), 2);
                }},
               {"ListCapabilityToolsRequest.page_token", [&] {
                  tools.set_page_size(1);
                  tools.set_page_token(Ok(&Stub::ListCapabilityTools, tools).next_page_token());
                  EXPECT_THAT(NamesOf(Ok(&Stub::ListCapabilityTools, tools).tools()), ElementsAre("a"));
                }}});
}

TEST_F(SearchFieldsTest, Exports) {
  MakeThree();
  const auto streamed = [this](const v1::StreamExportRequest& request) {
    grpc::ClientContext context;
    auto stream = catalog().StreamExport(&context, request);
    std::string yaml;
    for (v1::StreamExportResponse part; stream->Read(&part);) yaml += part.yaml_content();
    EXPECT_TRUE(stream->Finish().ok());
    return yaml;
  };
  const auto exported = [this](std::function<void(v1::ExportToolsRequest&)> set) {
    v1::ExportToolsRequest request;
    set(request);
    return Ok(&Stub::ExportTools, request);
  };
  ShowEffects({v1::ExportToolsRequest::descriptor(), v1::StreamExportRequest::descriptor()},
              {{"ExportToolsRequest.tool_names",
                [&] {
                  const v1::ExportToolsResponse response = exported([](auto& r) {
                    r.add_tool_names("B");
                    r.add_tool_names("nowhere");
                  });
                  EXPECT_EQ(response.tool_count(), 1);
                  EXPECT_THAT(response.yaml_content(), HasSubstr("tool_name: b\n"));
                  EXPECT_THAT(response.warnings(), ElementsAre(HasSubstr("nowhere")));
                }},
               {"ExportToolsRequest.platform",
                [&] { EXPECT_EQ(exported([](auto& r) { r.set_platform("windows"); }).tool_count(), 1); }},
               {"ExportToolsRequest.category",
                [&] { EXPECT_EQ(exported([](auto& r) { r.set_category("system"); }).tool_count(), 2); }},
               {"ExportToolsRequest.format",
                [&] {
                  const v1::ExportToolsResponse response = exported([](auto& r) { r.set_format("json"); });
                  EXPECT_THAT(response.json_content(), HasSubstr("\"tool_name\""));
                  EXPECT_EQ(response.yaml_content(), "");
                }},
               {"StreamExportRequest.platform",
                [&] {
                  v1::StreamExportRequest request;
                  EXPECT_THAT(streamed(request), HasSubstr("tool_name: b\n"));
                  request.set_platform("windows");
                  EXPECT_THAT(streamed(request), testing::Not(HasSubstr("tool_name: b\n")));
                }},
               {"StreamExportRequest.category", [&] {
                  v1::StreamExportRequest request;
                  request.set_category("system");
                  EXPECT_THAT(streamed(request), testing::Not(HasSubstr("tool_name: a\n")));
                }}});
}

}  // namespace
}  // namespace toolcatalog
