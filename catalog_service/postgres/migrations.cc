#include "catalog_service/postgres/migrations.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/transaction.h"
#include "common/log.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kTellInterval = absl::Seconds(10);

// `min_binary` of a step is the lowest number of steps that a binary must know to work with the schema after it.
constexpr char kCreateTable[] =
    "create table if not exists schema_migrations (number integer primary key, name text not null, "
    "min_binary integer not null, applied_at timestamptz not null default now())";

constexpr PgStatement kHasTable = {"has_migrations", "select to_regclass('schema_migrations') is not null"};
constexpr PgStatement kState = {
    "migration_state",
    "select coalesce(max(number), 0)::bigint, coalesce(max(min_binary), 0)::bigint from schema_migrations"};
constexpr PgStatement kLock = {"migration_lock", "select pg_advisory_lock(hashtext('toolcatalog migrations'))"};
constexpr PgStatement kRecord = {"migration_record",
                                 "insert into schema_migrations (number, name, min_binary) values ($1, $2, $3)"};
// Every step so far keeps older binaries working.
constexpr int64_t kMinBinary = 1;

// Says every now and then that the database is at work.
PgConnection::Impatience Telling(absl::string_view what, absl::string_view name) {
  return {kTellInterval, [=] { LogInfo(what, {{"name", name}}); }};
}

absl::Status Apply(const Migration& migration, PgConnection& connection) {
  LogInfo("migration begins", {{"name", migration.name}});
  PgTransaction transaction(&connection, PgTransaction::Isolation::kReadCommitted,
                            Telling("migration goes on", migration.name));
  if (absl::Status status = transaction.RunScript(migration.sql); !status.ok()) return status;
  return transaction
      .RunAndCommit(
          {{&kRecord, {PgParam::Int(migration.number), PgParam::Text(migration.name), PgParam::Int(kMinBinary)}}})
      .status();
}

absl::StatusOr<int> ApplyMissing(PgConnection& connection) {
  if (absl::Status status = connection.ExecuteScript(kCreateTable); !status.ok()) return status;
  absl::StatusOr<PgResult> state = connection.Execute(kState, {});
  if (!state.ok()) return state.status();
  int applied = 0;
  for (const Migration& migration : Migrations()) {
    if (migration.number <= state->Int(0, 0)) continue;
    if (absl::Status status = Apply(migration, connection); !status.ok()) return status;
    LogInfo("migration applied", {{"name", migration.name}});
    ++applied;
  }
  return applied;
}

// The client must not give up what the server goes on with: the step would be committed, and reported as failed.
PgConnection::Options MigrationOptions(PgConnection::Options options) {
  options.answer_timeout = absl::InfiniteDuration();
  for (const char* limit : {"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"}) {
    options.settings.push_back({limit, "0"});
  }
  return options;
}

}  // namespace

absl::StatusOr<int> Migrate(PgConnection::Options database) {
  absl::StatusOr<std::unique_ptr<PgConnection>> connection =
      PgConnection::Connect(MigrationOptions(std::move(database)));
  if (!connection.ok()) return connection.status();
  const PgCommand lock = {&kLock, {}};
  absl::StatusOr<std::vector<PgResult>> locked =
      (*connection)->Pipeline({&lock, 1}, Telling("another process migrates; waiting for it", ""));
  if (!locked.ok()) return locked.status();
  // The lock ends with the connection.
  return ApplyMissing(**connection);
}

absl::Status CheckSchema(PgConnection& connection) {
  absl::StatusOr<PgResult> has_table = connection.Execute(kHasTable, {});
  if (!has_table.ok()) return has_table.status();
  int64_t number = 0, min_binary = 0;
  if (has_table->Bool(0, 0)) {
    absl::StatusOr<PgResult> state = connection.Execute(kState, {});
    if (!state.ok()) return state.status();
    number = state->Int(0, 0);
    min_binary = state->Int(0, 1);
  }
  const int known = Migrations().back().number;
  if (number < known) {
    return absl::FailedPreconditionError(absl::StrCat("the database schema is at step ", number, ", this binary needs ",
                                                      known, ": run \"catalog_service migrate\" or pass --migrate"));
  }
  if (min_binary > known) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database schema needs a binary that knows step ", min_binary, ", this one knows ", known));
  }
  return absl::OkStatus();
}

}  // namespace toolcatalog
