#include "catalog_service/postgres/postgres.h"

#include <gmock/gmock.h>

#include <array>
#include <ctime>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/postgres/migrations.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr PgStatement kEcho = {"echo", "select $1::bigint, $2::text, $3::bytea, $4::timestamptz, null::text, true"};
constexpr PgStatement kArrays = {
    "arrays", "select i, t, b, f from unnest($1::bigint[], $2::text[], $3::bytea[], $4::boolean[]) as u(i, t, b, f)"};
constexpr PgStatement kOne = {"one", "select 1::bigint"};
constexpr PgStatement kDivide = {"divide", "select 1 / $1::bigint"};
constexpr PgStatement kSleep = {"sleep", "select pg_sleep(0.4)"};
constexpr PgStatement kLarge = {"large", "select repeat('x', $1::bigint::integer)"};

class PostgresTest : public StoreFixture {
 protected:
  std::unique_ptr<PgConnection> Connect() {
    auto connection = PgConnection::Connect(Options("test"));
    EXPECT_THAT(connection, IsOk());
    return *std::move(connection);
  }
};

TEST_F(PostgresTest, ValuesTravelInBinary) {
  auto connection = Connect();
  const absl::Time time = absl::FromUnixMicros(1700000000123456);
  const std::string bytes("\0\xFF", 2);
  auto rows = connection->Execute(
      kEcho, {PgParam::Int(-5), PgParam::Text("t\xC3\xA9xt"), PgParam::Bytes(bytes), PgParam::Time(time)});
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(rows->Int(0, 0), -5);
  EXPECT_EQ(rows->Text(0, 1), "t\xC3\xA9xt");
  EXPECT_EQ(rows->Text(0, 2), bytes);
  EXPECT_EQ(rows->Time(0, 3), time);
  EXPECT_TRUE(rows->IsNull(0, 4));
  EXPECT_TRUE(rows->Bool(0, 5));
}

TEST_F(PostgresTest, ArraysTravelInBinary) {
  auto connection = Connect();
  auto rows = connection->Execute(kArrays, {PgParam::IntArray({1, 2}), PgParam::TextArray({"a", ""}),
                                            PgParam::BytesArray({std::string("\0", 1), "b"}),
                                            PgParam::BoolArray(std::array<bool, 2>{true, false})});
  ASSERT_THAT(rows, IsOk());
  ASSERT_EQ(rows->rows(), 2);
  EXPECT_EQ(rows->Int(1, 0), 2);
  EXPECT_EQ(rows->Text(0, 1), "a");
  EXPECT_EQ(rows->Text(0, 2), absl::string_view("\0", 1));
  EXPECT_TRUE(rows->Bool(0, 3));
  EXPECT_FALSE(rows->Bool(1, 3));
  EXPECT_EQ(connection
                ->Execute(kArrays, {PgParam::IntArray({}), PgParam::TextArray({}), PgParam::BytesArray({}),
                                    PgParam::BoolArray({})})
                ->rows(),
            0);
}

TEST_F(PostgresTest, APipelineEndsAtTheFirstFailureAndTheConnectionStaysGood) {
  auto connection = Connect();
  for (int i = 0; i < 2; ++i) {
    const absl::Status status =
        connection->Pipeline({{&kOne, {}}, {&kDivide, {PgParam::Int(0)}}, {&kLarge, {PgParam::Int(1)}}}).status();
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(ErrorMetadata(status, "sqlstate"), "22012");
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("select")));
    EXPECT_FALSE(connection->broken());
  }
  EXPECT_THAT(connection->Execute(kDivide, {PgParam::Int(1)}), IsOk());
  EXPECT_THAT(connection->Execute(kLarge, {PgParam::Int(1)}), IsOk());
}

TEST_F(PostgresTest, LargeStatementsAndAnswersDoNotBlockEachOther) {
  auto connection = Connect();
  const std::string text(1 << 20, 'x');
  std::vector<PgCommand> commands;
  for (int i = 0; i < 20; ++i) {
    commands.push_back(
        {&kEcho, {PgParam::Int(1), PgParam::Text(text), PgParam::Bytes(""), PgParam::Time(absl::Now())}});
  }
  auto results = connection->Pipeline(commands);
  ASSERT_THAT(results, IsOk());
  EXPECT_EQ(results->back().Text(0, 1).size(), text.size());
}

TEST_F(PostgresTest, AnEndedBackendBreaksTheConnection) {
  auto connection = Connect();
  Sql(absl::StrCat("select pg_terminate_backend(", connection->backend_pid(), ")"));
  EXPECT_THAT(connection->Execute(kOne, {}), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(connection->broken());
  EXPECT_THAT(connection->Execute(kOne, {}), HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(PostgresTest, AServerThatIsNotThereIsUnavailable) {
  PgConnection::Options options = Options("test");
  options.conninfo = "host=/nonexistent";
  EXPECT_THAT(PgConnection::Connect(options), HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(PostgresTest, ConnectionStringsMayBeUrisAndSetOptions) {
  PgConnection::Options options = Options("test");
  options.conninfo = absl::StrCat("postgresql:///", database_, "?host=", cluster_->socket_folder(),
                                  "&user=postgres&options=-c%20work_mem%3D1234kB");
  options.settings = {{"statement_timeout", "4321"}};
  auto connection = PgConnection::Connect(options);
  ASSERT_THAT(connection, IsOk());
  constexpr PgStatement kSettings = {"settings",
                                     "select current_setting('work_mem'), current_setting('statement_timeout')"};
  auto rows = (*connection)->Execute(kSettings, {});
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(rows->Text(0, 0), "1234kB");
  EXPECT_EQ(rows->Text(0, 1), "4321ms");
}

TEST_F(PostgresTest, MigratingTwiceChangesNothing) {
  auto applied = Migrate(Options("test"));
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(*applied, 0);
  EXPECT_THAT(CheckSchema(*Connect()), IsOk());
}

// The server would go on with what the client gives up.
TEST_F(PostgresTest, AMigrationHasNoTimeLimit) {
  Sql("delete from schema_migrations where number = 6; drop table reload_events, replicas, replica_boots, "
      "reload_hooks cascade");
  Sql("alter database " + database_ + " set statement_timeout = '50ms'");
  auto blocker = Connect();
  ASSERT_THAT(blocker->ExecuteScript("begin; lock table schema_migrations"), IsOk());
  std::thread release([&] {
    // The migration has waited for longer than both limits.
    const auto waited = [&] {
      return !Sql("select 1 from pg_stat_activity where wait_event_type = 'Lock' and "
                  "clock_timestamp() - query_start > interval '500 ms'")
                  .empty();
    };
    EXPECT_TRUE(Await(waited, absl::Seconds(30)));
    EXPECT_THAT(blocker->ExecuteScript("commit"), IsOk());
  });
  PgConnection::Options options = Options("test");
  options.answer_timeout = absl::Milliseconds(200);
  auto applied = Migrate(options);
  release.join();
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(*applied, 1);
}

// It would overflow, and poll without a pause.
TEST_F(PostgresTest, AnInfiniteTimeoutWaitsInPeace) {
  PgConnection::Options options = Options("test");
  options.answer_timeout = absl::InfiniteDuration();
  auto connection = PgConnection::Connect(options);
  ASSERT_THAT(connection, IsOk());
  const std::clock_t before = std::clock();
  EXPECT_THAT((*connection)->Execute(kSleep, {}), IsOk());
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 10);
}

TEST_F(PostgresTest, AnIdleConnectionThatTheServerEndsIsNotAlive) {
  auto connection = Connect();
  EXPECT_TRUE(connection->IsAlive());
  Sql(absl::StrCat("select pg_terminate_backend(", connection->backend_pid(), ", 5000)"));
  EXPECT_TRUE(Await([&] { return !connection->IsAlive(); }, absl::Seconds(10)));
  EXPECT_TRUE(connection->broken());
}

TEST_F(PostgresTest, ASchemaThatDoesNotFitIsRefused) {
  auto connection = Connect();
  Sql("update schema_migrations set min_binary = 999");
  EXPECT_THAT(CheckSchema(*connection), HasCode(absl::StatusCode::kFailedPrecondition));
  Sql("drop table schema_migrations");
  const absl::Status status = CheckSchema(*connection);
  EXPECT_THAT(status, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("migrate"));
}

TEST(SqlStateToStatusTest, MapsClasses) {
  const std::vector<std::pair<const char*, absl::StatusCode>> cases = {
      {"23505", absl::StatusCode::kAlreadyExists},   {"23503", absl::StatusCode::kFailedPrecondition},
      {"22003", absl::StatusCode::kInvalidArgument}, {"23502", absl::StatusCode::kInvalidArgument},
      {"23514", absl::StatusCode::kInvalidArgument}, {"40001", absl::StatusCode::kAborted},
      {"40P01", absl::StatusCode::kAborted},         {"57014", absl::StatusCode::kDeadlineExceeded},
      {"08006", absl::StatusCode::kUnavailable},     {"25006", absl::StatusCode::kUnavailable},
      {"25P03", absl::StatusCode::kUnavailable},     {"53100", absl::StatusCode::kUnavailable},
      {"53300", absl::StatusCode::kUnavailable},     {"55P03", absl::StatusCode::kUnavailable},
      {"57P01", absl::StatusCode::kUnavailable},     {"57P03", absl::StatusCode::kUnavailable},
      {"42601", absl::StatusCode::kInternal},        {"P0001", absl::StatusCode::kInternal}};
  for (const auto& [sqlstate, code] : cases) EXPECT_EQ(SqlStateToStatus(sqlstate).code(), code) << sqlstate;
  EXPECT_TRUE(HasReason(SqlStateToStatus("40001"), Reason::kDatabaseConflict));
  EXPECT_TRUE(HasReason(SqlStateToStatus("57P01"), Reason::kDatabaseUnavailable));
  EXPECT_TRUE(HasReason(SqlStateToStatus("42601"), Reason::kInternalError));
}

}  // namespace
}  // namespace toolcatalog
