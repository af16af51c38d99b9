#include "tests/support/tcp_proxy.h"

#include <gtest/gtest.h>
#include <postgresql/libpq-fe.h>

#include "absl/strings/str_cat.h"
#include "tests/support/await.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

class TcpProxyTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto cluster = PostgresCluster::Create(PostgresCluster::Durability::kFast);
    ASSERT_THAT(cluster, IsOk());
    cluster_ = cluster->release();
    ASSERT_THAT(cluster_->Query("postgres", "CREATE TABLE t(x int)"), IsOk());
  }
  static void TearDownTestSuite() { delete cluster_; }

  void SetUp() override {
    ASSERT_NE(cluster_, nullptr);
    ASSERT_THAT(cluster_->Query("postgres", "TRUNCATE t"), IsOk());
    folder_ = TemporaryFolder::Create().value();
    auto proxy = TcpProxy::Start(absl::StrCat("unix:", folder_->path(), "/.s.PGSQL.5432"),
                                 absl::StrCat("unix:", cluster_->socket_folder(), "/.s.PGSQL.5432"));
    ASSERT_THAT(proxy, IsOk());
    proxy_ = *std::move(proxy);
  }

  Connection Connect() {
    return Connection(PQconnectdb(absl::StrCat("user=postgres dbname=postgres host=", folder_->path()).c_str()),
                      &PQfinish);
  }
  static bool Run(const Connection& connection, const char* sql) {
    std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexecParams(connection.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0), &PQclear);
    return PQresultStatus(result.get()) == PGRES_COMMAND_OK;
  }
  static std::string Count() { return cluster_->Query("postgres", "SELECT count(*) FROM t").value()[0][0]; }

  static PostgresCluster* cluster_;
  std::unique_ptr<TemporaryFolder> folder_;
  std::unique_ptr<TcpProxy> proxy_;
};

PostgresCluster* TcpProxyTest::cluster_ = nullptr;

TEST_F(TcpProxyTest, CutsAfterCommitWasSentAndTheServerCommits) {
  proxy_->CutAt("COMMIT", TcpProxy::Cut::kAfterRequest, 2);
  for (int i = 1; i <= 3; ++i) {
    Connection connection = Connect();
    ASSERT_TRUE(Run(connection, "BEGIN"));
    ASSERT_TRUE(Run(connection, "INSERT INTO t VALUES (1)"));
    EXPECT_EQ(Run(connection, "COMMIT"), i == 3);
    EXPECT_TRUE(Await([&] { return Count() == std::to_string(i); }, kPatience));
  }
  EXPECT_EQ(proxy_->cuts(), 2);
}

TEST_F(TcpProxyTest, CutsBeforeCommitReachesTheServer) {
  proxy_->CutAt("COMMIT", TcpProxy::Cut::kBeforeRequest, 1);
  Connection connection = Connect();
  ASSERT_TRUE(Run(connection, "BEGIN"));
  ASSERT_TRUE(Run(connection, "INSERT INTO t VALUES (1)"));
  EXPECT_FALSE(Run(connection, "COMMIT"));
  EXPECT_TRUE(proxy_->AwaitCuts(1, kPatience));
  EXPECT_TRUE(Await([&] { return proxy_->connections() == 0; }, kPatience));
  EXPECT_EQ(Count(), "0");
}

TEST_F(TcpProxyTest, DropsAndRefusesConnections) {
  Connection connection = Connect();
  ASSERT_TRUE(Run(connection, "INSERT INTO t VALUES (1)"));
  EXPECT_EQ(proxy_->connections(), 1);
  proxy_->SetRefusing(true);
  proxy_->DropConnections();
  EXPECT_EQ(proxy_->connections(), 0);
  EXPECT_FALSE(Run(connection, "INSERT INTO t VALUES (1)"));
  EXPECT_EQ(PQstatus(Connect().get()), CONNECTION_BAD);
  proxy_->SetRefusing(false);
  EXPECT_EQ(PQstatus(Connect().get()), CONNECTION_OK);
}

TEST_F(TcpProxyTest, HoldsBackAnswersUntilTheyMayPass) {
  Connection connection = Connect();
  ASSERT_TRUE(Run(connection, "INSERT INTO t VALUES (1)"));
  proxy_->SetForwarding(true, false);
  ASSERT_EQ(PQsendQuery(connection.get(), "INSERT INTO t VALUES (2)"), 1);
  EXPECT_TRUE(Await([&] { return Count() == "2"; }, kPatience));
  EXPECT_EQ(PQconsumeInput(connection.get()), 1);
  EXPECT_EQ(PQisBusy(connection.get()), 1);
  proxy_->SetForwarding(true, true);
  EXPECT_TRUE(
      Await([&] { return PQconsumeInput(connection.get()) == 1 && PQisBusy(connection.get()) == 0; }, kPatience));
}

TEST_F(TcpProxyTest, HoldsBackRequestsUntilTheyMayPass) {
  Connection connection = Connect();
  ASSERT_TRUE(Run(connection, "INSERT INTO t VALUES (1)"));
  proxy_->SetForwarding(false, true);
  ASSERT_EQ(PQsendQuery(connection.get(), "INSERT INTO t VALUES (2)"), 1);
  EXPECT_EQ(Count(), "1");
  proxy_->SetForwarding(true, true);
  EXPECT_TRUE(Await([&] { return Count() == "2"; }, kPatience));
}

}  // namespace
}  // namespace toolcatalog
