#include "catalog_service/changes/watch_filter.h"

#include <gtest/gtest.h>

#include <utility>

#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

v1::Tool ToolOf(const std::string& platform, const std::string& category,
                const std::vector<std::string>& capabilities = {}) {
  v1::Tool tool;
  tool.set_platform(platform);
  tool.set_category(category);
  for (const std::string& name : capabilities) tool.add_capabilities()->set_capability_name(name);
  return tool;
}

std::string Facets(const std::string& platform, const std::string& category,
                   const std::vector<std::string>& capabilities = {}) {
  return FacetsOf(ToolOf(platform, category, capabilities));
}

WatchFilter FilterOf(const v1::WatchToolsRequest& request, std::vector<std::string> capability_names = {}) {
  return WatchFilter(request, std::move(capability_names));
}

TEST(WatchFilterTest, WithoutFiltersEverythingPasses) {
  const WatchFilter filter = FilterOf({});
  EXPECT_TRUE(filter.passes_all());
  EXPECT_TRUE(filter.Passes({"updated", "grep", {Facets("linux", "system")}}));
  EXPECT_TRUE(filter.PassesVersion("grep", ""));
}

TEST(WatchFilterTest, NamesIgnoreCase) {
  v1::WatchToolsRequest request;
  request.add_tool_names("Grep");
  request.add_tool_names("sed");
  const WatchFilter filter = FilterOf(request);
  EXPECT_FALSE(filter.passes_all());
  const std::string facets = Facets("linux", "system");
  EXPECT_TRUE(filter.Passes({"updated", "grep", {facets}}));
  EXPECT_TRUE(filter.PassesVersion("sed", facets));
  EXPECT_FALSE(filter.Passes({"updated", "awk", {facets}}));
  EXPECT_FALSE(filter.PassesVersion("awk", "")) << "the name is known even where the facets are not";
}

TEST(WatchFilterTest, TheStateBeforeOrAfterMustPassAllFiltersTogether) {
  v1::WatchToolsRequest request;
  request.set_platform("linux");
  request.set_category("system");
  const WatchFilter filter = FilterOf(request);
  const std::string both = Facets("linux", "system"), one = Facets("linux", "network"), other = Facets("web", "system");
  EXPECT_TRUE(filter.Passes({"updated", "a", {both}}));
  EXPECT_TRUE(filter.Passes({"updated", "a", {one, both}})) << "it comes or leaves";
  EXPECT_FALSE(filter.Passes({"updated", "a", {one, other}})) << "neither state passes both filters";
  EXPECT_FALSE(filter.Passes({"updated", "a", {one}}));
  EXPECT_FALSE(filter.PassesVersion("a", other));
}

TEST(WatchFilterTest, OneOfTheAcceptedCapabilitiesIsEnough) {
  v1::WatchToolsRequest request;
  request.set_capability("file_reading");
  const WatchFilter filter = FilterOf(request, {"file_reading", "read_file"});
  EXPECT_TRUE(filter.PassesVersion("a", Facets("linux", "system", {"other", "read_file"})));
  EXPECT_TRUE(filter.PassesVersion("a", Facets("linux", "system", {"file_reading", "other"})));
  EXPECT_FALSE(filter.PassesVersion("a", Facets("linux", "system", {"file_reading_too", "file"})));
  EXPECT_FALSE(filter.PassesVersion("a", Facets("linux", "system")));
  EXPECT_FALSE(filter.PassesVersion("a", Facets("file_reading", "read_file"))) << "these are no capabilities";
}

TEST(WatchFilterTest, KindsFilterChangesButNotStates) {
  v1::WatchToolsRequest request;
  request.add_kinds("deleted");
  request.add_kinds("created");
  const WatchFilter filter = FilterOf(request);
  const std::string facets = Facets("linux", "system");
  EXPECT_TRUE(filter.Passes({"deleted", "a", {facets}}));
  EXPECT_TRUE(filter.Passes({"created", "a", {facets}}));
  EXPECT_FALSE(filter.Passes({"updated", "a", {facets}}));
  EXPECT_TRUE(filter.PassesVersion("a", facets));
}

TEST(WatchFilterTest, AStateThatIsNotKnownPasses) {
  v1::WatchToolsRequest request;
  request.set_platform("linux");
  const WatchFilter filter = FilterOf(request);
  EXPECT_TRUE(filter.Passes({"deleted", "a", {""}}));
  EXPECT_TRUE(filter.PassesVersion("a", ""));
}

TEST(WatchFilterTest, FacetsAreThoseOfTheBody) {
  const v1::Tool tool = ToolOf("linux", "system", {"a", "b"});
  EXPECT_EQ(FacetsOfBody(tool.SerializeAsString()), FacetsOf(tool));
  EXPECT_FALSE(FacetsOf(v1::Tool()).empty()) << "empty means unknown";
}

}  // namespace
}  // namespace toolcatalog
