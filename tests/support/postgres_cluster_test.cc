#include "tests/support/postgres_cluster.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using Rows = std::vector<std::vector<std::string>>;

TEST(PostgresCluster, KeepsCommittedRowsOverAnImmediateRestart) {
  auto cluster = PostgresCluster::Create(PostgresCluster::Durability::kFull);
  ASSERT_THAT(cluster, IsOk());
  ASSERT_THAT((*cluster)->CreateDatabase("one"), IsOk());
  ASSERT_THAT((*cluster)->Query("one", "CREATE TABLE t(x int); INSERT INTO t VALUES (42), (NULL)"), IsOk());
  ASSERT_THAT((*cluster)->Restart(PostgresCluster::StopMode::kImmediate), IsOk());
  auto rows = (*cluster)->Query("one", "SELECT x FROM t ORDER BY x");
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(*rows, (Rows{{"42"}, {""}}));
}

TEST(PostgresCluster, SeparatesDatabasesAndRemovesItsFiles) {
  auto cluster = PostgresCluster::Create(PostgresCluster::Durability::kFast);
  ASSERT_THAT(cluster, IsOk());
  const std::string folder = (*cluster)->socket_folder();
  auto conninfo = (*cluster)->CreateDatabase("one");
  ASSERT_THAT(conninfo, IsOk());
  EXPECT_THAT(*conninfo, testing::HasSubstr("dbname=one"));
  EXPECT_THAT((*cluster)->CreateDatabase("one"), HasCode(absl::StatusCode::kAlreadyExists));
  ASSERT_THAT((*cluster)->CreateDatabase("two"), IsOk());
  ASSERT_THAT((*cluster)->Query("one", "CREATE TABLE t(x int)"), IsOk());
  EXPECT_THAT((*cluster)->Query("two", "SELECT * FROM t"), HasCode(absl::StatusCode::kInternal));
  ASSERT_THAT((*cluster)->Stop(PostgresCluster::StopMode::kFast), IsOk());
  EXPECT_THAT((*cluster)->Query("one", "SELECT 1"), HasCode(absl::StatusCode::kUnavailable));
  cluster->reset();
  EXPECT_FALSE(std::filesystem::exists(folder));
}

}  // namespace
}  // namespace toolcatalog
