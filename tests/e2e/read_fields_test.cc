// Every field of the requests that read tools, lists and the log has the effect that its comment promises.

#include <functional>
#include <string>
#include <vector>

#include "tests/e2e/read_fields_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/validation.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using ReadFieldsTest = ReadFieldsFixture;

TEST_F(ReadFieldsTest, GetTool) {
  const int64_t first = Made("a", "1.0").revision();
  Made("a", "2.0");
  v1::GetToolRequest request;
  request.set_tool_name("A");
  ShowEffects({v1::GetToolRequest::descriptor()},
              {{"GetToolRequest.tool_name", [&] { EXPECT_EQ(Ok(&Stub::GetTool, request).tool().version(), "2.0"); }},
               {"GetToolRequest.version",
                [&] {
                  v1::GetToolRequest of_version = request;
                  of_version.set_version("1.0");
                  EXPECT_EQ(Ok(&Stub::GetTool, of_version).tool().version(), "1.0");
                }},
               {"GetToolRequest.revision", [&] {
                  v1::GetToolRequest past = request;
                  past.set_revision(first);
                  const v1::GetToolResponse response = Ok(&Stub::GetTool, past);
                  EXPECT_EQ(response.tool().version(), "1.0");
                  EXPECT_TRUE(response.tool().is_latest());
                  past.set_revision(0);
                  EXPECT_THAT(Call(&Stub::GetTool, past).status(), HasCode(absl::StatusCode::kNotFound));
                }}});
}

TEST_F(ReadFieldsTest, ListTools) {
  MakeThree();
  const auto names = [this](std::function<void(v1::ListToolsRequest&)> set) {
    v1::ListToolsRequest request;
    set(request);
    return NamesOf(Ok(&Stub::ListTools, request).tools());
  };
  ShowEffects(
      {v1::ListToolsRequest::descriptor()},
      {{"ListToolsRequest.page",
        [&] {
          EXPECT_THAT(names([](auto& r) {
                        r.set_page(2);
                        r.set_page_size(2);
                      }),
                      ElementsAre("c"));
        }},
       {"ListToolsRequest.page_size",
        [&] { EXPECT_THAT(names([](auto& r) { r.set_page_size(2); }), ElementsAre("a", "b")); }},
       {"ListToolsRequest.page_token",
        [&] {
          v1::ListToolsRequest request;
          request.set_page_size(1);
          request.set_page_token(Ok(&Stub::ListTools, request).next_page_token());
          EXPECT_THAT(NamesOf(Ok(&Stub::ListTools, request).tools()), ElementsAre("b"));
        }},
       {"ListToolsRequest.platform",
        [&] { EXPECT_THAT(names([](auto& r) { r.set_platform("windows"); }), ElementsAre("a")); }},
       {"ListToolsRequest.category",
        [&] { EXPECT_THAT(names([](auto& r) { r.set_category("network"); }), ElementsAre("a")); }},
       {"ListToolsRequest.status",
        [&] { EXPECT_THAT(names([](auto& r) { r.set_status("deprecated"); }), ElementsAre("a")); }},
       {"ListToolsRequest.enabled",
        [&] { EXPECT_THAT(names([](auto& r) { r.set_enabled(true); }), ElementsAre("b", "c")); }},
       {"ListToolsRequest.capability",
        [&] {
          EXPECT_THAT(names([](auto& r) { r.set_capability("file_reading"); }), ElementsAre("a"));
          EXPECT_THAT(names([](auto& r) { r.set_capability("read_file"); }), ElementsAre("a"));
        }},
       {"ListToolsRequest.tag", [&] { EXPECT_THAT(names([](auto& r) { r.set_tag("rED"); }), ElementsAre("a")); }},
       {"ListToolsRequest.order_by", [&] {
          EXPECT_THAT(names([](auto& r) { r.set_order_by("tool_name desc"); }), ElementsAre("c", "b", "a"));
          EXPECT_THAT(names([](auto& r) { r.set_order_by("updated_at desc"); }), ElementsAre("c", "b", "a"));
        }}});
}

TEST_F(ReadFieldsTest, ListToolVersions) {
  for (const char* version : {"1.10", "1.9", "2.0", "1.2"}) Made("a", version);
  const auto versions = [this](const std::string& order_by) {
    v1::ListToolVersionsRequest request;
    request.set_tool_name("a");
    request.set_order_by(order_by);
    std::vector<std::string> found;
    const v1::ListToolVersionsResponse response = Ok(&Stub::ListToolVersions, request);
    for (const v1::Tool& tool : response.versions()) found.push_back(tool.version());
    return found;
  };
  ShowEffects({v1::ListToolVersionsRequest::descriptor()},
              {{"ListToolVersionsRequest.tool_name",
                [&] { EXPECT_THAT(versions(""), ElementsAre("1.2", "2.0", "1.9", "1.10")); }},
               {"ListToolVersionsRequest.order_by",
                [&] { EXPECT_THAT(versions("version"), ElementsAre("1.2", "1.9", "1.10", "2.0")); }}});
}

TEST_F(ReadFieldsTest, ListToolHistory) {
  Made("a", "1.0");
  Made("a", "2.0");
  Made("b");
  EXPECT_THAT(Describe(catalog(), "a", "edited"), IsOk());
  v1::ListToolHistoryRequest request;
  request.set_tool_name("a");
  ShowEffects({v1::ListToolHistoryRequest::descriptor()},
              {{"ListToolHistoryRequest.tool_name",
                [&] {
                  const v1::ListToolHistoryResponse response = Ok(&Stub::ListToolHistory, request);
                  ASSERT_THAT(response.history(), SizeIs(3));
                  ASSERT_THAT(response.history(0).diff(), SizeIs(1));
                  EXPECT_EQ(response.history(0).diff(0).path(), "description");
                }},
               {"ListToolHistoryRequest.version",
                [&] {
                  v1::ListToolHistoryRequest of_version = request;
                  of_version.set_version("1.0");
                  EXPECT_THAT(Ok(&Stub::ListToolHistory, of_version).history(), SizeIs(1));
                }},
               {"ListToolHistoryRequest.page_size",
                [&] {
                  v1::ListToolHistoryRequest page = request;
                  page.set_page_size(2);
                  EXPECT_THAT(Ok(&Stub::ListToolHistory, page).history(), SizeIs(2));
                }},
               {"ListToolHistoryRequest.page_token", [&] {
                  v1::ListToolHistoryRequest page = request;
                  page.set_page_size(2);
                  page.set_page_token(Ok(&Stub::ListToolHistory, page).next_page_token());
                  const v1::ListToolHistoryResponse second = Ok(&Stub::ListToolHistory, page);
                  ASSERT_THAT(second.history(), SizeIs(1));
                  EXPECT_EQ(second.history(0).kind(), "created");
                }}});
}

TEST_F(ReadFieldsTest, ValidateTool) {
  v1::Tool good = WithCapability("a", "measuring");
  good.mutable_capabilities(0)->mutable_patterns(0)->set_time_estimate_ms("10 + 2 * N");
  Made(good);
  v1::Tool plain = Definition("a", "0.5");
  Made(plain);
  Made("a", "2.0");
  v1::ValidateToolRequest request;
  request.set_tool_name("a");
  ShowEffects({v1::ValidateToolRequest::descriptor()},
              {{"ValidateToolRequest.tool_name",
                [&] {
                  const v1::ValidateToolResponse response = Ok(&Stub::ValidateTool, request);
                  EXPECT_TRUE(response.valid());
                  EXPECT_THAT(response.warnings(), testing::Not(IsEmpty())) << "it has no capabilities";
                }},
               {"ValidateToolRequest.version",
                [&] {
                  v1::ValidateToolRequest of_version = request;
                  of_version.set_version("1.0");
                  const v1::ValidateToolResponse response = Ok(&Stub::ValidateTool, of_version);
                  for (const auto& warning : response.warnings()) {
                    EXPECT_NE(warning.path(), "capabilities");
                  }
                }},
               {"ValidateToolRequest.tool",
                [&] {
                  v1::ValidateToolRequest of_definition;
                  *of_definition.mutable_tool() = Definition("b");
                  of_definition.mutable_tool()->set_platform("linx");
                  const v1::ValidateToolResponse response = Ok(&Stub::ValidateTool, of_definition);
                  EXPECT_FALSE(response.valid());
                  ASSERT_THAT(response.errors(), SizeIs(1));
                  EXPECT_EQ(response.errors(0).path(), "platform");
                  EXPECT_EQ(response.errors(0).value(), "linx");
                  EXPECT_EQ(response.errors(0).suggestion(), "linux");
                }},
               {"ValidateToolRequest.variables", [&] {
                  v1::ValidateToolRequest evaluation = request;
                  evaluation.set_version("1.0");
                  EXPECT_THAT(Ok(&Stub::ValidateTool, evaluation).evaluations(), IsEmpty());
                  (*evaluation.mutable_variables())["N"] = 5;
                  const v1::ValidateToolResponse response = Ok(&Stub::ValidateTool, evaluation);
                  ASSERT_THAT(response.evaluations(), SizeIs(1));
                  EXPECT_EQ(response.evaluations(0).value(), 20);
                  EXPECT_THAT(response.evaluations(0).steps(), SizeIs(2));
                }}});
}

TEST_F(ReadFieldsTest, ListChanges) {
  Made("a");
  Made("b");
  EXPECT_THAT(Describe(catalog(), "a", "edited", "ann"), IsOk());
  const auto log = Changes(catalog());
  ASSERT_THAT(log, IsOk());
  const auto revisions = [this](std::function<void(v1::ListChangesRequest&)> set) {
    v1::ListChangesRequest request;
    set(request);
    std::vector<int64_t> found;
    const v1::ListChangesResponse response = Ok(&Stub::ListChanges, request);
    for (const v1::Change& change : response.changes()) found.push_back(change.revision());
    return found;
  };
  ShowEffects(
      {v1::ListChangesRequest::descriptor()},
      {{"ListChangesRequest.from_revision",
        [&] { EXPECT_THAT(revisions([](auto& r) { r.set_from_revision(1); }), ElementsAre(2, 3)); }},
       {"ListChangesRequest.page_size",
        [&] { EXPECT_THAT(revisions([](auto& r) { r.set_page_size(2); }), ElementsAre(1, 2)); }},
       {"ListChangesRequest.page_token",
        [&] {
          v1::ListChangesRequest request;
          request.set_page_size(2);
          request.set_page_token(Ok(&Stub::ListChanges, request).next_page_token());
          EXPECT_THAT(Ok(&Stub::ListChanges, request).changes(), SizeIs(1));
        }},
       {"ListChangesRequest.tool_name",
        [&] { EXPECT_THAT(revisions([](auto& r) { r.set_tool_name("A"); }), ElementsAre(1, 3)); }},
       {"ListChangesRequest.actor",
        [&] { EXPECT_THAT(revisions([](auto& r) { r.set_actor("ann"); }), ElementsAre(3)); }},
       {"ListChangesRequest.kind",
        [&] { EXPECT_THAT(revisions([](auto& r) { r.set_kind("created"); }), ElementsAre(1, 2)); }},
       {"ListChangesRequest.since",
        [&] { EXPECT_THAT(revisions([&](auto& r) { *r.mutable_since() = (*log)[1].time(); }), ElementsAre(2, 3)); }},
       {"ListChangesRequest.until",
        [&] { EXPECT_THAT(revisions([&](auto& r) { *r.mutable_until() = (*log)[1].time(); }), ElementsAre(1)); }},
       {"ListChangesRequest.newest_first",
        [&] { EXPECT_THAT(revisions([](auto& r) { r.set_newest_first(true); }), ElementsAre(3, 2, 1)); }}});
}

}  // namespace
}  // namespace toolcatalog
