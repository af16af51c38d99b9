// What is exported comes back as it was: into an empty catalog, and into the same one without a change.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/e2e/export_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// All versions of all tools, by name and version, without what belongs to this catalog alone.
std::map<std::string, std::string> State(v1::CatalogService::Stub& catalog) {
  std::map<std::string, std::string> state;
  const auto tools = LatestTools(catalog);
  EXPECT_THAT(tools, IsOk());
  if (!tools.ok()) return state;
  for (const auto& [name, latest] : *tools) {
    const auto versions = ListVersions(catalog, name);
    EXPECT_THAT(versions, IsOk());
    if (!versions.ok()) return state;
    for (v1::Tool version : versions->versions()) {
      version.clear_revision();
      version.clear_etag();
      version.clear_created_at();
      version.clear_updated_at();
      state[absl::StrCat(name, " ", version.version())] = Deterministic(version);
    }
  }
  return state;
}

class ExportTest : public ExportFixture {
 protected:
  void CreateVersions(const std::string& name, const std::vector<std::string>& versions) {
    for (const std::string& version : versions) {
      ASSERT_THAT(Create(catalog(), SampleTool(name, version), "ann"), IsOk());
    }
  }

  // Imports the catalog's export into both, and checks that nothing changes in the first, and the second is the same.
  void ExpectFixedPoint() {
    const auto exported = Export(catalog());
    ASSERT_THAT(exported, IsOk());
    EXPECT_THAT(exported->warnings(), IsEmpty());
    const Streamed streamed = Stream(catalog());
    ASSERT_THAT(streamed.status, IsOk());
    EXPECT_EQ(streamed.yaml, exported->yaml_content());

    const auto before = Revision(catalog());
    const auto same = Import(catalog(), exported->yaml_content(), true);
    ASSERT_THAT(same, IsOk());
    EXPECT_THAT(same->errors(), IsEmpty());
    EXPECT_EQ(same->imported_count(), 0);
    EXPECT_EQ(same->revision(), *before);

    const auto copied = Import(catalog(1), exported->yaml_content(), false);
    ASSERT_THAT(copied, IsOk());
    EXPECT_THAT(copied->errors(), IsEmpty());
    EXPECT_EQ(copied->imported_count(), same->skipped_count());
    EXPECT_EQ(State(catalog(1)), State(catalog()));
    const auto again = Export(catalog(1));
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->yaml_content(), exported->yaml_content());
    const auto unchanged = Import(catalog(1), again->yaml_content(), true);
    ASSERT_THAT(unchanged, IsOk());
    EXPECT_EQ(unchanged->skipped_count(), same->skipped_count());
    EXPECT_EQ(unchanged->imported_count() + unchanged->failed_count(), 0);
  }
};

TEST_F(ExportTest, RealDefinitionsAreAFixedPoint) {
  const auto files = ReadDefinitionFiles();
  if (!files.ok()) GTEST_SKIP() << "needs real definition files: " << files.status().message();
  const auto imported = Import(catalog(), JoinDocuments(*files), false, "ann");
  ASSERT_THAT(imported, IsOk());
  EXPECT_GT(imported->imported_count(), static_cast<int>(files->size() * 19 / 20));
  ExpectFixedPoint();
}

TEST_F(ExportTest, VersionsKeepTheirOrderAndTheLatestItsPlace) {
  CreateVersions("grep", {"2.0", "1.0", "3.0"});
  CreateVersions("Sed", {"1.0"});
  ASSERT_THAT(Describe(catalog(), "grep", "edited by another", "bob"), IsOk());
  const auto exported = Export(catalog());
  ASSERT_THAT(exported, IsOk());
  EXPECT_EQ(exported->tool_count(), 2);
  EXPECT_TRUE(exported->success());
  EXPECT_THAT(Documents(exported->yaml_content()), ElementsAre("grep 2.0", "grep 1.0", "grep 3.0", "Sed 1.0"));

  grpc::ClientContext context;
  v1::PromoteToolVersionRequest promote;
  promote.set_tool_name("grep");
  promote.set_version("2.0");
  v1::Tool promoted;
  ASSERT_THAT(catalog().PromoteToolVersion(&context, promote, &promoted), IsOk());
  EXPECT_THAT(Documents(Export(catalog())->yaml_content()), ElementsAre("grep 1.0", "grep 3.0", "grep 2.0", "Sed 1.0"));
  ExpectFixedPoint();
  const auto copy = Get(catalog(1), "grep");
  ASSERT_THAT(copy, IsOk());
  EXPECT_EQ(copy->tool().version(), "2.0");
  EXPECT_EQ(copy->tool().created_by(), "ann");
  EXPECT_EQ(Get(catalog(1), "grep", "3.0")->tool().updated_by(), "bob");
}

TEST_F(ExportTest, NamesAndFilters) {
  CreateTools({"a", "b", "c"});
  v1::Tool windows = SampleTool("win");
  windows.set_platform("windows");
  windows.set_category("storage");
  ASSERT_THAT(Create(catalog(), windows), IsOk());

  const auto named = Export(catalog(), Named({"B", "a", "b", "nowhere"}));
  ASSERT_THAT(named, IsOk());
  EXPECT_THAT(Documents(named->yaml_content()), ElementsAre("a 1.0", "b 1.0"));
  EXPECT_EQ(named->tool_count(), 2);
  EXPECT_THAT(named->warnings(), ElementsAre("tool \"nowhere\" does not exist"));

  v1::ExportToolsRequest request = Named({"a", "win"});
  request.set_platform("windows");
  const auto filtered = Export(catalog(), request);
  ASSERT_THAT(filtered, IsOk());
  EXPECT_THAT(Documents(filtered->yaml_content()), ElementsAre("win 1.0"));
  EXPECT_THAT(filtered->warnings(), ElementsAre("tool \"a\" does not pass the filters"));

  request.Clear();
  request.set_category("storage");
  EXPECT_THAT(Documents(Export(catalog(), request)->yaml_content()), ElementsAre("win 1.0"));
  request.set_platform("linux");
  const auto none = Export(catalog(), request);
  EXPECT_EQ(none->tool_count(), 0);
  EXPECT_EQ(none->yaml_content(), "");

  v1::StreamExportRequest stream;
  stream.set_platform("windows");
  EXPECT_THAT(Documents(Stream(catalog(), stream).yaml), ElementsAre("win 1.0"));
  stream.Clear();
  stream.set_category("storage");
  EXPECT_THAT(Documents(Stream(catalog(), stream).yaml), ElementsAre("win 1.0"));
}

TEST_F(ExportTest, JsonHasTheSameTools) {
  CreateVersions("grep", {"1.0", "2.0"});
  v1::ExportToolsRequest request;
  request.set_format("json");
  const auto exported = Export(catalog(), request);
  ASSERT_THAT(exported, IsOk());
  google::protobuf::ListValue tools;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(exported->json_content(), &tools).ok());
  ASSERT_THAT(tools.values(), SizeIs(2));
  const auto& fields = tools.values(1).struct_value().fields();
  EXPECT_EQ(fields.at("tool_name").string_value(), "grep");
  EXPECT_EQ(fields.at("version").string_value(), "2.0");
  EXPECT_EQ(fields.count("etag") + fields.count("revision") + fields.count("updated_at"), 0u);

  const auto copied = Import(catalog(1), exported->json_content(), false);
  ASSERT_THAT(copied, IsOk());
  EXPECT_EQ(copied->imported_count(), 2);
  EXPECT_EQ(State(catalog(1)), State(catalog()));

  v1::ExportToolsRequest missing = Named({"nowhere"});
  missing.set_format("json");
  EXPECT_EQ(Export(catalog(), missing)->json_content(), "[]\n");
}

TEST_F(ExportTest, AnEmptyCatalogExportsNothing) {
  const auto exported = Export(catalog());
  ASSERT_THAT(exported, IsOk());
  EXPECT_EQ(exported->tool_count(), 0);
  EXPECT_TRUE(exported->has_yaml_content());
  const Streamed streamed = Stream(catalog());
  EXPECT_THAT(streamed.status, IsOk());
  EXPECT_EQ(streamed.messages, 0);
}

TEST_F(ExportTest, WrongRequestsNameEachField) {
  v1::ExportToolsRequest request = Named({"fine", "../evil"});
  request.set_platform("amiga");
  request.set_category("poetry");
  request.set_format("xml");
  const auto refused = Export(catalog(), request);
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(refused.status().message()),
              AllOf(HasSubstr("tool_names[1]"), HasSubstr("platform"), HasSubstr("category"), HasSubstr("format")));
  EXPECT_THAT(Export(catalog(), Named(std::vector<std::string>(10'001, "a"))),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Export(catalog(), Named(std::vector<std::string>(10'000, "a"))), IsOk());
  v1::StreamExportRequest stream;
  stream.set_platform("amiga");
  EXPECT_THAT(Stream(catalog(), stream).status, HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace toolcatalog
