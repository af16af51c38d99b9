#include "catalog_service/postgres/postgres_pool.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/connection_precedence.h"
#include "catalog_service/postgres/kept_connection.h"
#include "catalog_service/testing/store_fixture.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

constexpr PgStatement kOne = {"one", "select 1::bigint"};
constexpr PgStatement kSleep = {"sleep", "select pg_sleep(0.2)"};

class PostgresPoolTest : public StoreFixture {
 protected:
  // Options of a role that may have only this many connections.
  PgConnection::Options OptionsWithLimit(int connections) {
    const std::string role = absl::StrCat("few_", database_);
    Sql(absl::StrCat("create role ", role, " login connection limit ", connections));
    PgConnection::Options options = Options("few");
    absl::StrAppend(&options.conninfo, " user=", role);
    return options;
  }

  int Connected(const std::string& application) {
    return std::stoi(Sql(absl::StrCat("select count(*) from pg_stat_activity where datname = '", database_,
                                      "' and application_name = '", application, "'"))[0][0]);
  }

  // Reads from several threads at a time, each once.
  static std::vector<absl::Status> ReadAtOnce(PgPool& pool, int threads) {
    std::vector<absl::Status> statuses(threads);
    std::vector<std::thread> readers;
    for (absl::Status& status : statuses) {
      readers.emplace_back([&pool, &status] { status = pool.Read(kSleep, {}).status(); });
    }
    for (std::thread& reader : readers) reader.join();
    return statuses;
  }
};

// Its transaction, or answers that are under way, would be the next holder's.
TEST_F(PostgresPoolTest, AConnectionThatAnExceptionPassesIsClosed) {
  PgPool pool(Options("pool"), 1);
  const auto read = [](PgConnection& connection) -> absl::StatusOr<PgResult> {
    EXPECT_THAT(connection.ExecuteScript("begin"), IsOk());
    throw std::runtime_error("unexpected");
  };
  int before = 0, after = 0;
  const auto note_pid = [](int* pid) {
    return [pid](PgConnection& connection) {
      *pid = connection.backend_pid();
      return connection.Execute(kOne, {});
    };
  };
  ASSERT_THAT(pool.Read(note_pid(&before)), IsOk());
  EXPECT_THROW(pool.Read(read).status().IgnoreError(), std::runtime_error);
  ASSERT_THAT(pool.Read(note_pid(&after)), IsOk());
  EXPECT_NE(after, before);
}

TEST_F(PostgresPoolTest, ADatabaseWithFewConnectionsServesManyReaders) {
  PgPool pool(OptionsWithLimit(2), 6);
  EXPECT_THAT(ReadAtOnce(pool, 6), testing::Each(IsOk()));
}

TEST_F(PostgresPoolTest, UnusedConnectionsAreGivenBack) {
  PgPool pool(Options("pool"), 3);
  ASSERT_THAT(ReadAtOnce(pool, 3), testing::Each(IsOk()));
  EXPECT_EQ(Connected("pool"), 3);
  pool.CloseIdle(absl::Hours(1));
  EXPECT_EQ(Connected("pool"), 3);
  pool.CloseIdle(absl::ZeroDuration());
  EXPECT_TRUE(Await([&] { return Connected("pool") == 0; }, absl::Seconds(10)));
  EXPECT_THAT(pool.Read(kOne, {}), IsOk());
}

TEST_F(PostgresPoolTest, APoolMakesDoWithOneConnectionWhilePrecedenceIsClaimed) {
  ConnectionPrecedence precedence;
  PgPool pool(Options("pool"), 3, &precedence);
  ASSERT_THAT(ReadAtOnce(pool, 3), testing::Each(IsOk()));
  {
    ConnectionPrecedence::Claim claim(&precedence);
    ASSERT_THAT(pool.Read(kOne, {}), IsOk());
    pool.CloseIdle(absl::Hours(1));
    EXPECT_TRUE(Await([&] { return Connected("pool") == 1; }, absl::Seconds(10)));
    EXPECT_THAT(ReadAtOnce(pool, 3), testing::Each(IsOk()));
    EXPECT_EQ(Connected("pool"), 1);
  }
  EXPECT_THAT(ReadAtOnce(pool, 3), testing::Each(IsOk()));
  EXPECT_GT(Connected("pool"), 1);
}

// Searches set what other reads on the same connection must not find.
TEST_F(PostgresPoolTest, ALocalSettingEndsWithTheRoundTrip) {
  constexpr PgStatement kSet = {"set", "select set_config('enable_seqscan', 'off', true)"};
  constexpr PgStatement kShow = {"show", "select current_setting('enable_seqscan')"};
  PgPool pool(Options("pool"), 1);
  auto lease = pool.Take();
  ASSERT_THAT(lease, IsOk());
  auto together = (*lease)->Pipeline({{&kSet, {}}, {&kShow, {}}});
  ASSERT_THAT(together, IsOk());
  EXPECT_EQ(together->back().Text(0, 0), "off");
  auto later = (*lease)->Execute(kShow, {});
  ASSERT_THAT(later, IsOk());
  EXPECT_EQ(later->Text(0, 0), "on");
}

// As after a restart of the database, when the readers came first.
TEST_F(PostgresPoolTest, WhoKeepsAConnectionGetsItFromReaders) {
  const PgConnection::Options options = OptionsWithLimit(2);
  ConnectionPrecedence precedence;
  PgPool pool(options, 2, &precedence);
  ASSERT_THAT(ReadAtOnce(pool, 2), testing::Each(IsOk()));
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) EXPECT_THAT(pool.Read(kOne, {}), IsOk());
    });
  }
  KeptConnection kept(options, &precedence);
  EXPECT_TRUE(Await([&] { return kept.Ensure().ok(); }, absl::Seconds(10)));
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_THAT(kept->Execute(kOne, {}), IsOk());
}

}  // namespace
}  // namespace toolcatalog
