// Which tools a list holds.

#include <gmock/gmock.h>

#include "catalog_service/testing/query_fixture.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListFiltersTest : public QueryFixture {
 protected:
  std::vector<std::string> Names(const v1::ListToolsRequest& request) {
    auto response = List(request);
    EXPECT_THAT(response, IsOk());
    if (!response.ok()) return {};
    EXPECT_EQ(response->total(), response->tools_size());
    return NamesOf(response->tools());
  }
};

TEST_F(ListFiltersTest, FiltersByCapabilityAndItsAliases) {
  Store(ToolWith("cat", {"file_reading", "text"}));
  Store(ToolWith("less", {"read_file"}));
  Store(ToolWith("ls", {"listing"}));
  v1::ListToolsRequest request;
  request.set_capability("file_access");
  EXPECT_THAT(Names(request), ElementsAre("cat", "less"));
  request.set_capability("listing");
  EXPECT_THAT(Names(request), ElementsAre("ls"));
  request.set_capability("Listing");
  EXPECT_THAT(Names(request), IsEmpty());
  Change("ls", "capabilities", ToolWith("ls", {"file_reading"}));
  request.set_capability("listing");
  EXPECT_THAT(Names(request), IsEmpty());
  request.set_capability("file_reading");
  EXPECT_THAT(Names(request), ElementsAre("cat", "less", "ls"));
}

TEST_F(ListFiltersTest, FiltersByTagIgnoringCase) {
  v1::Tool tool = BareTool("grep", "finds lines");
  SetTags({"Text", "Unix tools"}, tool);
  Store(tool);
  Store(BareTool("sed", "edits lines"));
  v1::ListToolsRequest request;
  request.set_tag("tEXT");
  EXPECT_THAT(Names(request), ElementsAre("grep"));
  request.set_tag("unix TOOLS");
  EXPECT_THAT(Names(request), ElementsAre("grep"));
  request.set_tag("te");
  EXPECT_THAT(Names(request), IsEmpty());
  SetTags({"other"}, tool);
  Change("grep", "metadata", tool);
  request.set_tag("text");
  EXPECT_THAT(Names(request), IsEmpty());
}

TEST_F(ListFiltersTest, FiltersCombine) {
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    v1::Tool tool = ToolWith(name, {name[0] == 'e' ? "other" : "listing"});
    SetTags({name[0] == 'a' ? "old" : "new"}, tool);
    if (name[0] == 'b') tool.set_platform("windows");
    if (name[0] == 'c') tool.set_enabled(false);
    Store(tool);
  }
  v1::ListToolsRequest request;
  request.set_capability("listing");
  request.set_tag("new");
  EXPECT_THAT(Names(request), ElementsAre("b", "c", "d"));
  request.set_platform("linux");
  EXPECT_THAT(Names(request), ElementsAre("c", "d"));
  request.set_enabled(true);
  EXPECT_THAT(Names(request), ElementsAre("d"));
  request.set_order_by("revision desc");
  EXPECT_THAT(Names(request), ElementsAre("d"));
}

TEST_F(ListFiltersTest, OnlyTheLatestVersionIsFiltered) {
  v1::Tool first = ToolWith("cat", {"first"});
  v1::Tool second = ToolWith("cat", {"second"});
  second.set_version("2.0");
  Store(first);
  Store(second);
  v1::ListToolsRequest request;
  request.set_capability("first");
  EXPECT_THAT(Names(request), IsEmpty());
  Remove("cat", "2.0");
  EXPECT_THAT(Names(request), ElementsAre("cat"));
  request.set_capability("second");
  EXPECT_THAT(Names(request), IsEmpty());
  Remove("cat");
  request.set_capability("first");
  EXPECT_THAT(Names(request), IsEmpty());
}

// Whatever wrote them: the database itself carries the filters from the latest version to the tool.
TEST_F(ListFiltersTest, FiltersFollowTheLatestVersionThroughEveryWrite) {
  auto expect_same = [&](const char* after) {
    EXPECT_THAT(Sql("select t.name_key from tools t join versions v on v.name_key = t.name_key and v.version_key = "
                    "t.latest_version_key where (t.platform, t.category, t.status, t.enabled) is distinct from "
                    "(v.platform, v.category, v.status, v.enabled)"),
                IsEmpty())
        << after;
  };
  v1::Tool first = BareTool("cat", "x");
  first.set_platform("linux");
  Store(first);
  v1::Tool second = first;
  second.set_version("2.0");
  second.set_platform("windows");
  Store(second);
  expect_same("a new version");
  v1::ListToolsRequest windows;
  windows.set_platform("windows");
  EXPECT_THAT(NamesOf(List(windows)->tools()), ElementsAre("cat"));
  v1::Tool values = first;
  values.set_status("deprecated");
  values.set_enabled(false);
  Change("cat", "status", values);
  Change("cat", "enabled", values);
  expect_same("changes of status");
  Remove("cat", "2.0");
  expect_same("a promotion");
  EXPECT_EQ(List(windows)->total(), 0);
  Sql("update versions set category = 'other' where name_key = 'cat'");
  expect_same("an older binary's change");
  Sql("begin; insert into versions select 'dog', version_key, version, revision, created_revision, created_ordinal, "
      "platform, category, status, enabled from versions where name_key = 'cat'; "
      "insert into tools (name_key, tool_name, latest_version_key) values ('dog', 'dog', '1.0'); commit");
  expect_same("an older binary's new tool");
  EXPECT_EQ(Sql("select count(*) from tools")[0][0], "2");
}

}  // namespace
}  // namespace toolcatalog
