#include "catalog_service/search/index_sql.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/model/catalog_state.h"
#include "catalog_service/testing/query_fixture.h"
#include "common/definition/definition.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SearchIndexTest : public QueryFixture {
 protected:
  // Identity of the stored rows: changes when one is written.
  std::vector<std::vector<std::string>> RowsOf(const std::string& table) {
    return Sql(absl::StrCat("select ctid::text, xmin::text, name_key from ", table, " order by name_key, ctid"));
  }
  std::vector<std::string> Find(const std::string& q) {
    v1::SearchToolsRequest request;
    request.set_q(q);
    std::vector<std::string> names;
    const auto response = Search(request);
    for (const v1::SearchResult& result : response->results()) names.push_back(result.tool().tool_name());
    return names;
  }
  void Fill() {
    auto connection = PgConnection::Connect(Options("test"));
    ASSERT_THAT(connection, IsOk());
    ASSERT_THAT(FillIndex(**connection), IsOk());
  }
  bool IsCurrent() { return Sql("select indexed_revision = revision from counter")[0][0] == "t"; }
};

TEST_F(SearchIndexTest, AnUpdateOfSomethingElseWritesNoSideTable) {
  v1::Tool tool = ToolWith("grep", {"reading"});
  SetTags({"text"}, tool);
  Store(tool);
  const auto documents = RowsOf("search_documents"), capabilities = RowsOf("tool_capabilities"),
             tags = RowsOf("tool_tags");
  tool.mutable_capabilities(0)->mutable_patterns(0)->set_complexity_score(0.9);
  Change("grep", "capabilities", tool);
  ASSERT_THAT(Write(SetEnabledMutation{"grep", "", false, {}}), IsOk());
  EXPECT_EQ(RowsOf("search_documents"), documents);
  EXPECT_EQ(RowsOf("tool_capabilities"), capabilities);
  EXPECT_EQ(RowsOf("tool_tags"), tags);
  Change("grep", "description", BareTool("grep", "changed"));
  EXPECT_NE(RowsOf("search_documents"), documents);
  EXPECT_EQ(RowsOf("tool_capabilities"), capabilities);
  EXPECT_EQ(RowsOf("tool_tags"), tags);
  EXPECT_TRUE(IsCurrent());
}

TEST_F(SearchIndexTest, OnlyWhatSearchesReadCostsStatements) {
  const v1::Tool tool = ToolWith("grep", {"reading"});
  ToolState stored{"grep", "1.0", {}};
  stored.versions["1.0"] = {"1.0", 1, 1, 0, "hash", SerializeDeterministically(tool)};
  CatalogState state(&validator_, 1, StateHash(), absl::Now());
  state.Load("grep", stored);
  const auto statements_after = [&](Mutation::Action action) {
    Mutation mutation;
    mutation.action = std::move(action);
    int index = -1;
    EXPECT_THAT(state.Apply(mutation, &index), IsOk());
    EXPECT_GE(index, 0) << "nothing has changed";
    std::vector<PgCommand> commands;
    AddIndex(state, commands);
    return commands.size();
  };
  EXPECT_EQ(statements_after(SetEnabledMutation{"grep", "", false, {}}), 0u);
  v1::Tool other_version = tool;
  other_version.set_version("2.0");
  EXPECT_EQ(statements_after(CreateMutation{other_version}), 0u);
  EXPECT_EQ(statements_after(DeleteMutation{"grep", "2.0", {}}), 0u) << "it promotes the same text";
  UpdateMutation update;
  update.name_key = "grep";
  update.paths = {"description"};
  update.values.set_description("changed");
  EXPECT_EQ(statements_after(update), 1u);
  EXPECT_EQ(statements_after(DeleteMutation{"grep", "", {}}), 1u);
  EXPECT_EQ(statements_after(CreateMutation{tool}), 0u) << "it was deleted and is back within one transaction";
  EXPECT_EQ(statements_after(CreateMutation{ToolWith("sed", {})}), 1u);
}

TEST_F(SearchIndexTest, UpdatesOfSomethingElseStayHot) {
  Store(ToolWith("grep", {"reading"}));
  for (int i = 0; i < 20; ++i) ASSERT_THAT(Write(SetEnabledMutation{"grep", "", i % 2 != 0, {}}), IsOk());
  const auto rows =
      Sql("select pg_stat_force_next_flush(), n_tup_upd, n_tup_hot_upd from pg_stat_user_tables "
          "where relname = 'search_documents'");
  EXPECT_EQ(rows[0][1], "0");
}

TEST_F(SearchIndexTest, AToolThatIsRecreatedHasItsNewSpelling) {
  Store(ToolWith("grep", {"reading"}));
  Remove("grep");
  EXPECT_THAT(Sql("select 1 from search_documents union all select 1 from tool_capabilities union all select 1 from "
                  "tool_tags"),
              IsEmpty());
  Store(ToolWith("GREP", {"reading"}));
  auto capabilities = Capabilities({});
  EXPECT_THAT(capabilities->capabilities(0).tools(), ElementsAre("GREP"));
}

TEST_F(SearchIndexTest, ToolsFromBeforeTheSideTablesAreFilledIn) {
  ImportMutation import;
  for (int i = 0; i < 450; ++i) import.tools.push_back(ToolWith(absl::StrCat("tool-", 1000 + i), {"old"}));
  ASSERT_THAT(Write(import), IsOk());
  Sql("truncate search_documents, tool_capabilities, tool_tags, search_words");
  Sql("update counter set indexed_revision = 0");
  EXPECT_THAT(Find("tool"), IsEmpty());
  Fill();
  EXPECT_TRUE(IsCurrent());
  EXPECT_EQ(Sql("select count(*) from search_documents")[0][0], "450");
  EXPECT_EQ(Capabilities({})->capabilities(0).tool_count(), 450);
  EXPECT_THAT(Find("tool-1449"), ElementsAre("tool-1449"));
}

// As a binary that does not know the side tables would write.
TEST_F(SearchIndexTest, WritesThatPassedTheSideTablesByAreMadeUpFor) {
  Store(ToolWith("stays", {"old"}));
  Store(ToolWith("vanishes", {"old"}));
  Sql("update search_documents set text_hash = '', words = '''aelse''' where name_key = 'stays'");
  Sql("begin; update counter set revision = revision + 1; delete from tools where name_key = 'vanishes'; "
      "delete from versions where name_key = 'vanishes'; insert into revisions (revision, state_hash, committed_at, "
      "actor, peer, request_id, mutation_id, change_bytes) select revision, state_hash, committed_at, 'x', '', '', "
      "decode(repeat('ab', 16), 'hex'), 0 from counter; commit");
  EXPECT_FALSE(IsCurrent());
  EXPECT_THAT(Find("stays"), IsEmpty());
  Store(ToolWith("later", {"new"}));
  EXPECT_FALSE(IsCurrent()) << "a later write must not hide the gap";
  Fill();
  EXPECT_TRUE(IsCurrent());
  EXPECT_THAT(Find("stays"), ElementsAre("stays"));
  EXPECT_THAT(Find("vanishes"), IsEmpty());
  EXPECT_EQ(Capabilities({})->total(), 2);
  const auto documents = RowsOf("search_documents");
  Fill();
  EXPECT_EQ(RowsOf("search_documents"), documents);
}

}  // namespace
}  // namespace toolcatalog
