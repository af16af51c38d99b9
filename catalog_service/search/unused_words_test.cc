#include "catalog_service/search/unused_words.h"

#include <gmock/gmock.h>

#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "catalog_service/testing/query_fixture.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

class UnusedWordsTest : public QueryFixture {
 protected:
  // What each step has removed.
  std::vector<int64_t> RemoveWords() {
    std::vector<int64_t> steps;
    auto connection = PgConnection::Connect(Options("test"));
    EXPECT_THAT(connection, IsOk());
    EXPECT_THAT(RemoveUnusedWords(**connection,
                                  [&](int64_t removed) {
                                    steps.push_back(removed);
                                    return true;
                                  }),
                IsOk());
    return steps;
  }
  std::vector<std::string> Words() {
    std::vector<std::string> words;
    for (const auto& row : Sql("select word from search_words order by word")) words.push_back(row[0]);
    return words;
  }
};

TEST_F(UnusedWordsTest, WordsThatNoToolHasAnyMoreGo) {
  Store(BareTool("disk_usage", "measures folders"));
  Store(BareTool("grep", "measures lines"));
  Change("disk_usage", "description", BareTool("disk_usage", "weighs folders"));
  Remove("grep");
  ASSERT_THAT(Words(), Contains("measures"));
  RemoveWords();
  // The whole name counts as a word.
  EXPECT_THAT(Words(), testing::ElementsAre("disk", "diskusage", "folders", "usage", "weighs"));
}

TEST_F(UnusedWordsTest, WorksInStepsOverManyWords) {
  Store(ToolWith("grep", {"reading"}));
  RemoveWords();
  const auto used = Words();
  Sql("insert into search_words select 'junk' || n from generate_series(1, 1700) n");
  const std::vector<int64_t> steps = RemoveWords();
  EXPECT_THAT(steps, Each(Le(500)));
  EXPECT_EQ(std::accumulate(steps.begin(), steps.end(), int64_t{0}), 1700);
  EXPECT_EQ(Words(), used);
}

TEST_F(UnusedWordsTest, StopsWhenItIsTold) {
  Sql("insert into search_words select 'junk' || n from generate_series(1, 1700) n");
  auto connection = PgConnection::Connect(Options("test"));
  ASSERT_THAT(connection, IsOk());
  ASSERT_THAT(RemoveUnusedWords(**connection, [](int64_t) { return false; }), IsOk());
  EXPECT_THAT(Words(), SizeIs(1200));
}

// A writer that adds a word which is there already leaves its row alone.
TEST_F(UnusedWordsTest, AWordThatAWriterTakesMeanwhileStays) {
  Sql("insert into search_words values ('seldom')");
  auto writer = PgConnection::Connect(Options("test"));
  ASSERT_THAT(writer, IsOk());
  const auto write = [&](const char* statement) { ASSERT_THAT((*writer)->ExecuteScript(statement), IsOk()); };
  write("begin; select revision from counter for update");
  std::thread remover([&] { RemoveWords(); });
  EXPECT_TRUE(Await(
      [&] {
        return !Sql("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
                    .empty();
      },
      absl::Seconds(20)));
  write("insert into search_documents values ('grep', '', '''eseldom'''); commit");
  remover.join();
  EXPECT_THAT(Words(), Contains("seldom"));
  Sql("delete from search_documents");
  RemoveWords();
  EXPECT_THAT(Words(), Not(Contains("seldom")));
}

}  // namespace
}  // namespace toolcatalog
