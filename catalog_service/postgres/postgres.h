#ifndef CATALOG_SERVICE_POSTGRES_POSTGRES_H_
#define CATALOG_SERVICE_POSTGRES_POSTGRES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/steady_time.h"

struct pg_conn;
struct pg_result;

namespace toolcatalog {

// A value bound to a statement's parameter, in PostgreSQL's binary format.
class PgParam {
 public:
  static PgParam Int(int64_t value);
  static PgParam Text(absl::string_view value);
  static PgParam Bytes(absl::string_view value);
  static PgParam Time(absl::Time value);
  static PgParam IntArray(absl::Span<const int64_t> values);
  static PgParam TextArray(absl::Span<const std::string> values);
  static PgParam BytesArray(absl::Span<const std::string> values);
  static PgParam BoolArray(absl::Span<const bool> values);
  static PgParam TimeArray(absl::Span<const absl::Time> values);

  uint32_t oid() const { return oid_; }
  const std::string& bytes() const { return bytes_; }

 private:
  PgParam(uint32_t oid, std::string bytes) : oid_(oid), bytes_(std::move(bytes)) {}

  uint32_t oid_;
  std::string bytes_;
};

// The rows that a statement answered. The texts that it returns are views into it.
class PgResult {
 public:
  explicit PgResult(pg_result* result);

  int rows() const;
  bool IsNull(int row, int column) const;
  int64_t Int(int row, int column) const;
  bool Bool(int row, int column) const;
  // Texts and bytes; "" for null.
  absl::string_view Text(int row, int column) const;
  absl::Time Time(int row, int column) const;
  // For example "COMMIT" or "INSERT 0 1".
  absl::string_view command_tag() const;

 private:
  struct Free {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Free> result_;
};

// SQL text, and the name under which a connection prepares it: one name, one text. Most are constants.
struct PgStatement {
  const char* name;
  const char* sql;
};

// A statement with its parameters.
struct PgCommand {
  const PgStatement* statement;
  std::vector<PgParam> params;
};

// Status of an SQLSTATE, without any text of the server. The SQLSTATE is the metadata key `sqlstate` of its ErrorInfo.
absl::Status SqlStateToStatus(absl::string_view sqlstate);

// One connection to PostgreSQL. Statements are prepared on their first use. Not thread-safe.
class PgConnection {
 public:
  struct Options {
    // libpq connection string. The server must accept writes.
    std::string conninfo;
    std::string application_name;
    // How long to wait for a connection, and for the answers of one call below; the latter may be infinite.
    absl::Duration connect_timeout = absl::Seconds(2);
    absl::Duration answer_timeout = absl::Seconds(15);
    // Session settings, as for `SET`; beside those in `conninfo`.
    std::vector<std::pair<std::string, std::string>> settings;
    // Adds the settings for statements that touch few rows, by their keys: indexes are used whatever the planner thinks
    // of the sizes of tables.
    void PlanByKeys();
    // Once this descriptor is readable, every wait for the server ends as if the connection were lost. -1 = none.
    int interrupt_fd = -1;
  };

  // UNAVAILABLE when the server cannot be reached or is read-only. Of attempts that fail one after the other for the
  // same reason, the process logs the first; then the first one that succeeds.
  static absl::StatusOr<std::unique_ptr<PgConnection>> Connect(const Options& options);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  // Runs one statement.
  absl::StatusOr<PgResult> Execute(const PgStatement& statement, std::vector<PgParam> params);

  // `act` is called when answers have not come for `patience`, and again after each further `patience`.
  struct Impatience {
    absl::Duration patience = absl::InfiniteDuration();
    std::function<void()> act;
  };
  // Runs statements in one round trip. The first that fails ends it: later ones are not executed, and its status is
  // answered. When the connection is lost, `broken` is true and it is unknown which were executed.
  absl::StatusOr<std::vector<PgResult>> Pipeline(absl::Span<const PgCommand> commands, const Impatience& impatience);
  absl::StatusOr<std::vector<PgResult>> Pipeline(absl::Span<const PgCommand> commands);

  // Runs SQL text that holds several statements.
  absl::Status ExecuteScript(const std::string& sql, const Impatience& impatience);
  absl::Status ExecuteScript(const std::string& sql);

  // Whether the connection is lost. Every call fails from then on.
  bool broken() const { return broken_; }
  // Looks whether the server has ended the connection while it was idle; it is `broken` then.
  bool IsAlive();
  // Ends the connection at once. The server rolls back what was open, and `broken` is true from then on.
  void Close();
  // Whether the server warned that a commit might not have been replicated; resets the flag.
  bool TakeReplicationWarning();

  int backend_pid() const;

  // Waits until a notification of a LISTENed channel came (true), `wake_fd` became readable or the time is over
  // (false). UNAVAILABLE when the connection is lost.
  absl::StatusOr<bool> AwaitNotification(int wake_fd, absl::Duration timeout);

 private:
  // A system clock that is set must not end waits, nor lengthen them.

  PgConnection(pg_conn* connection, const Options& options);

  absl::Status Lost(absl::string_view what);
  // Waits for `events` on the connection until `end`, or for less long. Returns the events that came.
  absl::StatusOr<short> Poll(short events, SteadyTime end);
  absl::Status Flush(SteadyTime deadline);
  absl::Status AwaitReadable(SteadyTime deadline, SteadyTime& impatient_at, const Impatience& impatience);
  absl::StatusOr<pg_result*> NextResult(SteadyTime deadline, const Impatience& impatience);
  absl::Status Send(const PgCommand& command, std::vector<const PgCommand*>& prepared);

  pg_conn* const connection_;
  const absl::Duration answer_timeout_;
  const int interrupt_fd_;
  bool broken_ = false;
  bool replication_warning_ = false;
  std::set<std::string> prepared_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_POSTGRES_H_
