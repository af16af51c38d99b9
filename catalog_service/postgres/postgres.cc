#include "catalog_service/postgres/postgres.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

Reason ReasonOf(absl::string_view sqlstate) {
  if (sqlstate == "23505") return Reason::kAlreadyExists;
  if (sqlstate == "23503") return Reason::kFailedPrecondition;
  if (absl::StartsWith(sqlstate, "22") || sqlstate == "23502" || sqlstate == "23514") {
    return Reason::kInvalidArgument;
  }
  if (sqlstate == "40001" || sqlstate == "40P01") return Reason::kDatabaseConflict;
  if (sqlstate == "57014") return Reason::kDeadlineExceeded;
  if (absl::StartsWith(sqlstate, "08") || absl::StartsWith(sqlstate, "57P0") || sqlstate == "25006" ||
      sqlstate == "25P03" || sqlstate == "53100" || sqlstate == "53300" || sqlstate == "55P03" || sqlstate == "0A000") {
    return Reason::kDatabaseUnavailable;
  }
  return Reason::kInternalError;
}

// Statuses after which the session must not be used again. 0A000 is a cached plan whose tables have changed.
bool EndsSession(absl::string_view sqlstate) {
  return absl::StartsWith(sqlstate, "08") || absl::StartsWith(sqlstate, "57P0") || sqlstate == "25006" ||
         sqlstate == "25P03" || sqlstate == "0A000";
}

// For poll(2): it may end early, never late.
int Milliseconds(absl::Duration wait) {
  const absl::Duration bounded = std::clamp(wait, absl::ZeroDuration(), absl::Hours(1));
  return static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(bounded, absl::Milliseconds(1))));
}

}  // namespace

absl::Status SqlStateToStatus(absl::string_view sqlstate) {
  return MakeError(ReasonOf(sqlstate), absl::StrCat("the database refused the statement (SQLSTATE ", sqlstate, ")"),
                   {{"sqlstate", std::string(sqlstate)}});
}

PgConnection::PgConnection(pg_conn* connection, const Options& options)
    : connection_(connection), answer_timeout_(options.answer_timeout), interrupt_fd_(options.interrupt_fd) {}

PgConnection::~PgConnection() { PQfinish(connection_); }

void PgConnection::Close() {
  broken_ = true;
  shutdown(PQsocket(connection_), SHUT_RDWR);
}

int PgConnection::backend_pid() const { return PQbackendPID(connection_); }

bool PgConnection::TakeReplicationWarning() { return std::exchange(replication_warning_, false); }

absl::Status PgConnection::Lost(absl::string_view what) {
  broken_ = true;
  std::string reason = PQerrorMessage(connection_);
  while (!reason.empty() && reason.back() == '\n') reason.pop_back();
  LogWarning("database connection lost", {{"what", what}, {"reason", reason}});
  return MakeError(Reason::kDatabaseUnavailable, what);
}

bool PgConnection::IsAlive() {
  while (!broken_) {
    pollfd socket{PQsocket(connection_), POLLIN, 0};
    if (poll(&socket, 1, 0) == 0) return true;
    if (PQconsumeInput(connection_) == 0) Lost("the database connection was lost").IgnoreError();
  }
  return false;
}

absl::StatusOr<short> PgConnection::Poll(short events, SteadyTime end) {
  // A negative descriptor is ignored.
  pollfd descriptors[2] = {{PQsocket(connection_), events, 0}, {interrupt_fd_, POLLIN, 0}};
  poll(descriptors, 2, Milliseconds(end - SteadyTime::Now()));
  if (descriptors[1].revents != 0) return Lost("the server is shutting down");
  return descriptors[0].revents;
}

absl::Status PgConnection::Flush(SteadyTime deadline) {
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return absl::OkStatus();
    if (left < 0 || SteadyTime::Now() >= deadline) return Lost("sending to the database failed");
    // The server may be writing too: read, or both sides would wait.
    absl::StatusOr<short> came = Poll(POLLIN | POLLOUT, deadline);
    if (!came.ok()) return came.status();
    if ((*came & POLLIN) != 0 && PQconsumeInput(connection_) == 0) {
      return Lost("the database connection was lost");
    }
  }
}

absl::Status PgConnection::AwaitReadable(SteadyTime deadline, SteadyTime& impatient_at, const Impatience& impatience) {
  const SteadyTime now = SteadyTime::Now();
  if (now >= deadline) return Lost("the database did not answer in time");
  if (now >= impatient_at) {
    if (impatience.act != nullptr) impatience.act();
    impatient_at = SteadyTime::Now() + impatience.patience;
  }
  absl::StatusOr<short> came = Poll(POLLIN, std::min(deadline, impatient_at));
  if (!came.ok()) return came.status();
  if (*came != 0 && PQconsumeInput(connection_) == 0) return Lost("the database connection was lost");
  return absl::OkStatus();
}

// Null ends the results of one statement.
absl::StatusOr<pg_result*> PgConnection::NextResult(SteadyTime deadline, const Impatience& impatience) {
  SteadyTime impatient_at = SteadyTime::Now() + impatience.patience;
  while (PQisBusy(connection_)) {
    if (absl::Status status = AwaitReadable(deadline, impatient_at, impatience); !status.ok()) return status;
  }
  return PQgetResult(connection_);
}

absl::Status PgConnection::Send(const PgCommand& command, std::vector<const PgCommand*>& prepared) {
  const PgStatement& statement = *command.statement;
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
  std::vector<Oid> types;
  for (const PgParam& param : command.params) {
    types.push_back(param.oid());
    values.push_back(param.bytes().data());
    lengths.push_back(param.bytes().size());
    formats.push_back(1);
  }
  const int count = static_cast<int>(values.size());
  const bool known = prepared_.count(statement.name) > 0 ||
                     std::any_of(prepared.begin(), prepared.end(),
                                 [&](const PgCommand* other) { return other && other->statement == &statement; });
  if (!known) {
    if (!PQsendPrepare(connection_, statement.name, statement.sql, count, types.data())) return Lost("send failed");
    prepared.push_back(&command);
  }
  prepared.push_back(nullptr);
  if (!PQsendQueryPrepared(connection_, statement.name, count, values.data(), lengths.data(), formats.data(), 1)) {
    return Lost("send failed");
  }
  return absl::OkStatus();
}

absl::StatusOr<PgResult> PgConnection::Execute(const PgStatement& statement, std::vector<PgParam> params) {
  const PgCommand command{&statement, std::move(params)};
  absl::StatusOr<std::vector<PgResult>> results = Pipeline({&command, 1});
  if (!results.ok()) return results.status();
  return std::move(results->front());
}

absl::StatusOr<std::vector<PgResult>> PgConnection::Pipeline(absl::Span<const PgCommand> commands,
                                                             const Impatience& impatience) {
  if (broken_) return MakeError(Reason::kDatabaseUnavailable, "the database connection was lost");
  const SteadyTime deadline = SteadyTime::Now() + answer_timeout_;
  if (!PQenterPipelineMode(connection_)) return Lost("the database connection was lost");
  // What answers will come: a command for its preparation, null for an execution.
  std::vector<const PgCommand*> expected;
  for (const PgCommand& command : commands) {
    if (absl::Status status = Send(command, expected); !status.ok()) return status;
  }
  if (!PQpipelineSync(connection_)) return Lost("send failed");
  if (absl::Status status = Flush(deadline); !status.ok()) return status;

  std::vector<PgResult> results;
  absl::Status failure;
  for (const PgCommand* preparation : expected) {
    while (true) {
      absl::StatusOr<pg_result*> next = NextResult(deadline, impatience);
      if (!next.ok()) return next.status();
      if (*next == nullptr) break;
      PgResult result(*next);
      const ExecStatusType status = PQresultStatus(*next);
      if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        if (preparation != nullptr) {
          prepared_.insert(preparation->statement->name);
        } else {
          results.push_back(std::move(result));
        }
      } else if (failure.ok() && status != PGRES_PIPELINE_ABORTED) {
        const char* sqlstate = PQresultErrorField(*next, PG_DIAG_SQLSTATE);
        if (sqlstate == nullptr || PQstatus(connection_) == CONNECTION_BAD || EndsSession(sqlstate)) {
          return Lost("the database ended the connection");
        }
        LogWarning("statement refused", {{"sqlstate", sqlstate}, {"message", PQresultErrorMessage(*next)}});
        failure = SqlStateToStatus(sqlstate);
      }
    }
    if (PQstatus(connection_) == CONNECTION_BAD) return Lost("the database connection was lost");
  }
  absl::StatusOr<pg_result*> sync = NextResult(deadline, impatience);
  if (!sync.ok()) return sync.status();
  const bool synced = PQresultStatus(*sync) == PGRES_PIPELINE_SYNC;
  PQclear(*sync);
  if (!synced || !PQexitPipelineMode(connection_)) return Lost("the database connection was lost");
  if (!failure.ok()) return failure;
  return results;
}

absl::StatusOr<std::vector<PgResult>> PgConnection::Pipeline(absl::Span<const PgCommand> commands) {
  return Pipeline(commands, {});
}

absl::Status PgConnection::ExecuteScript(const std::string& sql, const Impatience& impatience) {
  if (broken_) return MakeError(Reason::kDatabaseUnavailable, "the database connection was lost");
  const SteadyTime deadline = SteadyTime::Now() + answer_timeout_;
  if (!PQsendQuery(connection_, sql.c_str())) return Lost("send failed");
  if (absl::Status status = Flush(deadline); !status.ok()) return status;
  absl::Status failure;
  while (true) {
    absl::StatusOr<pg_result*> next = NextResult(deadline, impatience);
    if (!next.ok()) return next.status();
    if (*next == nullptr) break;
    PgResult result(*next);
    if (PQresultStatus(*next) != PGRES_FATAL_ERROR) continue;
    const char* sqlstate = PQresultErrorField(*next, PG_DIAG_SQLSTATE);
    if (sqlstate == nullptr) return Lost("the database connection was lost");
    LogWarning("script refused", {{"sqlstate", sqlstate}, {"message", PQresultErrorMessage(*next)}});
    failure = SqlStateToStatus(sqlstate);
  }
  return failure;
}

absl::Status PgConnection::ExecuteScript(const std::string& sql) { return ExecuteScript(sql, {}); }

absl::StatusOr<bool> PgConnection::AwaitNotification(int wake_fd, absl::Duration timeout) {
  if (broken_) return MakeError(Reason::kDatabaseUnavailable, "the database connection was lost");
  bool notified = false;
  auto take = [&] {
    while (PGnotify* notification = PQnotifies(connection_)) {
      notified = true;
      PQfreemem(notification);
    }
  };
  take();
  if (notified) return true;
  pollfd descriptors[2] = {{PQsocket(connection_), POLLIN, 0}, {wake_fd, POLLIN, 0}};
  poll(descriptors, 2, Milliseconds(timeout));
  if (descriptors[0].revents != 0 && PQconsumeInput(connection_) == 0) return Lost("the database connection was lost");
  take();
  return notified;
}

}  // namespace toolcatalog
