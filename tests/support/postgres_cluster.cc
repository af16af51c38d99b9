#include "tests/support/postgres_cluster.h"

#include <postgresql/libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace toolcatalog {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";
constexpr char kUser[] = "postgres";
constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr int kStartAttempts = 20;

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

absl::Status GiveTo(const std::string& folder, const char* name) {
  if (geteuid() != 0) return absl::OkStatus();
  const passwd* user = getpwnam(name);
  if (user == nullptr) return absl::NotFoundError(absl::StrCat("user \"", name, "\" does not exist"));
  if (chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) return absl::ErrnoToStatus(errno, "chown");
  return absl::OkStatus();
}

std::vector<std::vector<std::string>> Rows(const PGresult* result) {
  std::vector<std::vector<std::string>> rows(PQntuples(result));
  for (size_t row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < PQnfields(result); ++column) {
      rows[row].emplace_back(PQgetvalue(result, row, column), PQgetlength(result, row, column));
    }
  }
  return rows;
}

absl::Status ErrorOf(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string message = PQresultErrorMessage(result);
  if (state != nullptr && std::string(state) == "42P04") return absl::AlreadyExistsError(message);
  return absl::InternalError(message);
}

}  // namespace

PostgresCluster::PostgresCluster(Durability durability, std::unique_ptr<TemporaryFolder> folder)
    : durability_(durability), folder_(std::move(folder)) {}

absl::StatusOr<std::unique_ptr<PostgresCluster>> PostgresCluster::Create(Durability durability) {
  absl::StatusOr<std::unique_ptr<TemporaryFolder>> folder = TemporaryFolder::Create();
  if (!folder.ok()) return folder.status();
  absl::Status status = GiveTo((*folder)->path(), kUser);
  auto cluster = std::unique_ptr<PostgresCluster>(new PostgresCluster(durability, *std::move(folder)));
  if (status.ok()) status = cluster->InitDb();
  if (status.ok()) status = cluster->Start();
  if (!status.ok()) return status;
  return cluster;
}

PostgresCluster::~PostgresCluster() { Stop(StopMode::kImmediate).IgnoreError(); }

std::string PostgresCluster::DataFolder() const { return absl::StrCat(folder_->path(), "/data"); }

absl::Status PostgresCluster::InitDb() {
  absl::StatusOr<std::unique_ptr<ChildProcess>> initdb =
      ChildProcess::Start({"initdb",
                           {absl::StrCat(kPrograms, "initdb"), "--pgdata", DataFolder(), "--username", kUser, "--auth",
                            "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"},
                           {},
                           kUser});
  if (!initdb.ok()) return initdb.status();
  absl::StatusOr<int> exit_code = (*initdb)->Wait(kPatience);
  if (!exit_code.ok()) return exit_code.status();
  if (*exit_code == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("initdb failed: ", (*initdb)->LastLines(20)));
}

absl::Status PostgresCluster::Start() {
  const std::vector<std::string> settings = {
      "listen_addresses=", absl::StrCat("unix_socket_directories=", folder_->path()),
      durability_ == Durability::kFull ? "fsync=on" : "fsync=off", "max_connections=200",
      // Spares a recovery a thousand single syncs, which take seconds.
      "recovery_init_sync_method=syncfs"};
  std::vector<std::string> args = {absl::StrCat(kPrograms, "postgres"), "-D", DataFolder()};
  for (const std::string& setting : settings) args.insert(args.end(), {"-c", setting});
  absl::StatusOr<std::string> ready;
  // Backends of a killed server may hold its shared memory a moment longer, and a start before that is refused.
  for (int attempt = 0; attempt < kStartAttempts; ++attempt) {
    absl::StatusOr<std::unique_ptr<ChildProcess>> server = ChildProcess::Start({"postgres", args, {}, kUser});
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    ready = server_->AwaitLine("database system is ready to accept connections", kPatience);
    if (!absl::IsUnavailable(ready.status())) break;
    server_->Wait(kPatience).IgnoreError();
  }
  return ready.status();
}

absl::Status PostgresCluster::Stop(StopMode mode) {
  if (server_ == nullptr) return absl::FailedPreconditionError("the cluster does not run");
  absl::Status status = server_->Signal(mode == StopMode::kFast ? SIGINT : SIGQUIT);
  if (status.ok()) status = server_->Wait(kPatience).status();
  server_ = nullptr;
  return status;
}

absl::Status PostgresCluster::Restart(StopMode mode) {
  absl::Status status = Stop(mode);
  return status.ok() ? Start() : status;
}

std::string PostgresCluster::conninfo(const std::string& database) const {
  return absl::StrCat("host=", folder_->path(), " user=", kUser, " dbname=", database);
}

absl::StatusOr<std::string> PostgresCluster::CreateDatabase(const std::string& name) {
  absl::Status status = Query("postgres", absl::StrCat("CREATE DATABASE \"", name, "\"")).status();
  if (!status.ok()) return status;
  return conninfo(name);
}

absl::StatusOr<std::vector<std::vector<std::string>>> PostgresCluster::Query(const std::string& database,
                                                                             const std::string& sql) const {
  Connection connection(PQconnectdb(conninfo(database).c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return absl::UnavailableError(PQerrorMessage(connection.get()));
  }
  Result result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return ErrorOf(result.get());
  return Rows(result.get());
}

}  // namespace toolcatalog
