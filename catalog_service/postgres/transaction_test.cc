#include "catalog_service/postgres/transaction.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/status.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/temporary_folder.h"

namespace toolcatalog {
namespace {

using End = PgTransaction::End;

constexpr PgStatement kInsert = {"test_insert", "insert into notes (number) values ($1)"};
constexpr PgStatement kCount = {"test_count", "select count(*) from notes"};
constexpr PgStatement kFail = {"test_fail", "select 1 / $1::bigint"};

PgCommand Insert(int64_t number) { return {&kInsert, {PgParam::Int(number)}}; }
PgCommand Fail() { return {&kFail, {PgParam::Int(0)}}; }

class TransactionTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    Sql("create table notes (number bigint primary key deferrable initially deferred)");
    connection_ = Connect(Options("test"));
  }

  static std::unique_ptr<PgConnection> Connect(const PgConnection::Options& options) {
    auto connection = PgConnection::Connect(options);
    EXPECT_THAT(connection, IsOk());
    return *std::move(connection);
  }

  // The numbers that another connection sees. It takes the table's strongest lock, so that it fails if a transaction is
  // left open.
  std::string Stored() {
    return Sql(
        "begin; set local lock_timeout = '2s'; lock table notes; "
        "select coalesce(string_agg(number::text, ' ' order by number), '') from notes")[0][0];
  }

  std::unique_ptr<PgConnection> connection_;
};

TEST_F(TransactionTest, CommitsWhatSeveralRoundTripsDid) {
  PgTransaction transaction(connection_.get());
  ASSERT_THAT(transaction.Run({Insert(1)}), IsOk());
  EXPECT_EQ(transaction.end(), End::kNothingStored);
  auto results = transaction.RunAndCommit({Insert(2), {&kCount, {}}});
  ASSERT_THAT(results, IsOk());
  ASSERT_EQ(results->size(), 2u) << "one for each statement of the caller";
  EXPECT_EQ((*results)[1].Int(0, 0), 2);
  EXPECT_EQ(transaction.end(), End::kCommitted);
  EXPECT_EQ(Stored(), "1 2");
  EXPECT_THAT(transaction.Run({Insert(3)}), HasCode(absl::StatusCode::kInternal)) << "it has ended";
  EXPECT_THAT(transaction.RunAndCommit({Insert(3)}), HasCode(absl::StatusCode::kInternal));
  EXPECT_EQ(transaction.end(), End::kCommitted);
}

TEST_F(TransactionTest, RollsBackOnRequestAndAnswersWhatItRead) {
  auto results = PgTransaction(connection_.get()).RunAndRollBack({Insert(1), {&kCount, {}}});
  ASSERT_THAT(results, IsOk());
  ASSERT_EQ(results->size(), 2u);
  EXPECT_EQ((*results)[1].Int(0, 0), 1);
  EXPECT_EQ(Stored(), "");
}

TEST_F(TransactionTest, RollsBackWhenACallerReturnsEarly) {
  {
    PgTransaction transaction(connection_.get());
    ASSERT_THAT(transaction.Run({Insert(1)}), IsOk());
  }
  EXPECT_EQ(Stored(), "");
  EXPECT_THAT(connection_->Execute(kCount, {}), IsOk());
}

TEST_F(TransactionTest, AFailedStatementRollsBackAndTheConnectionStaysGood) {
  for (const bool commits : {false, true}) {
    PgTransaction transaction(connection_.get());
    ASSERT_THAT(transaction.Run({Insert(1)}), IsOk());
    const std::vector<PgCommand> commands = {Insert(2), Fail()};
    const absl::Status status = (commits ? transaction.RunAndCommit(commands) : transaction.Run(commands)).status();
    EXPECT_EQ(ErrorMetadata(status, "sqlstate"), "22012");
    EXPECT_EQ(transaction.end(), End::kNothingStored);
    EXPECT_EQ(Stored(), "") << "although the transaction still stands";
    EXPECT_FALSE(connection_->broken());
  }
  EXPECT_THAT(PgTransaction(connection_.get()).RunAndCommit({Insert(3)}), IsOk());
  EXPECT_EQ(Stored(), "3");
}

TEST_F(TransactionTest, ACommitThatIsRefusedStoresNothing) {
  PgTransaction transaction(connection_.get());
  const absl::Status status = transaction.RunAndCommit({Insert(1), Insert(1)}).status();
  EXPECT_EQ(ErrorMetadata(status, "sqlstate"), "23505") << "deferred to the commit";
  EXPECT_EQ(transaction.end(), End::kNothingStored);
  EXPECT_EQ(Stored(), "");
}

TEST_F(TransactionTest, ACommitThatTheServerAnswersWithRollbackIsAnError) {
  PgTransaction transaction(connection_.get());
  ASSERT_THAT(transaction.Run({Insert(1)}), IsOk());
  EXPECT_FALSE(connection_->Execute(kFail, {PgParam::Int(0)}).ok()) << "unnoticed by the transaction";
  EXPECT_THAT(transaction.RunAndCommit({}), HasCode(absl::StatusCode::kInternal));
  EXPECT_EQ(transaction.end(), End::kNothingStored);
  EXPECT_EQ(Stored(), "");
}

TEST_F(TransactionTest, AnExceptionClosesTheConnectionAndStoresNothing) {
  const auto write = [this] {
    PgTransaction transaction(connection_.get());
    EXPECT_THAT(transaction.Run({Insert(1)}), IsOk());
    throw std::runtime_error("unexpected");
  };
  EXPECT_THROW(write(), std::runtime_error);
  EXPECT_TRUE(connection_->broken());
  EXPECT_EQ(Stored(), "");
}

TEST_F(TransactionTest, OnlyALossAfterTheCommitWasSentIsUnknown) {
  auto folder = TemporaryFolder::Create();
  ASSERT_THAT(folder, IsOk());
  auto proxy = TcpProxy::Start(absl::StrCat("unix:", (*folder)->path(), "/.s.PGSQL.5432"),
                               absl::StrCat("unix:", cluster_->socket_folder(), "/.s.PGSQL.5432"));
  ASSERT_THAT(proxy, IsOk());
  PgConnection::Options options = Options("test");
  options.conninfo = absl::StrCat("user=postgres dbname=", database_, " host=", (*folder)->path());
  (*proxy)->CutAt("toolcatalog_commit", TcpProxy::Cut::kAfterRequest, 1);
  auto connection = Connect(options);
  PgTransaction transaction(connection.get());
  ASSERT_THAT(transaction.Run({Insert(1)}), IsOk());
  EXPECT_THAT(transaction.RunAndCommit({Insert(2)}), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(transaction.end(), End::kUnknown);
  EXPECT_TRUE(connection->broken());

  connection = Connect(options);
  PgTransaction other(connection.get());
  (*proxy)->DropConnections();
  EXPECT_THAT(other.Run({Insert(3)}), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(other.end(), End::kNothingStored);
}

TEST_F(TransactionTest, ASnapshotStaysAsItWasAndRefusesWrites) {
  PgTransaction snapshot(connection_.get(), PgTransaction::Isolation::kReadOnlySnapshot);
  ASSERT_THAT(snapshot.Run({{&kCount, {}}}), IsOk());
  Sql("insert into notes values (1)");
  auto counted = snapshot.Run({{&kCount, {}}});
  ASSERT_THAT(counted, IsOk());
  EXPECT_EQ(counted->front().Int(0, 0), 0);
  EXPECT_THAT(snapshot.RunAndCommit({Insert(2)}), HasCode(absl::StatusCode::kUnavailable)) << "as of a standby";
  EXPECT_EQ(Stored(), "1");
}

TEST_F(TransactionTest, AScriptIsPartOfTheTransaction) {
  PgTransaction kept(connection_.get());
  ASSERT_THAT(kept.RunScript("insert into notes values (1); insert into notes values (2)"), IsOk());
  EXPECT_THAT(kept.RunAndCommit({Insert(3)}), IsOk());
  EXPECT_EQ(Stored(), "1 2 3");
  PgTransaction failed(connection_.get());
  ASSERT_THAT(failed.Run({Insert(4)}), IsOk());
  EXPECT_FALSE(failed.RunScript("insert into notes values (5); select 1 / 0").ok());
  EXPECT_EQ(Stored(), "1 2 3");
}

}  // namespace
}  // namespace toolcatalog
