#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "catalog_service/postgres/postgres.h"
#include "common/log.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// The `options` that a connection string sets, "" if none, or if it is no connection string.
std::string OptionsOf(const std::string& conninfo) {
  PQconninfoOption* parsed = PQconninfoParse(conninfo.c_str(), nullptr);
  std::string options;
  for (PQconninfoOption* option = parsed; option != nullptr && option->keyword != nullptr; ++option) {
    if (absl::string_view(option->keyword) == "options" && option->val != nullptr) options = option->val;
  }
  PQconninfoFree(parsed);
  return options;
}

// The warning is known by the server's function that gives it: its text depends on the server's language, which only
// superusers may set.
void NoteWarning(void* flag, const PGresult* result) {
  const char* function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
  if (function != nullptr && absl::string_view(function) == "SyncRepWaitForLSN") *static_cast<bool*>(flag) = true;
}

// Why libpq could not connect.
std::string ReasonIn(PGconn* connection) {
  std::string reason = PQerrorMessage(connection);
  while (!reason.empty() && reason.back() == '\n') reason.pop_back();
  return reason;
}

// Logs when connecting begins to fail, fails for another reason, and succeeds again, with the number of failures: many
// threads try again and again in an outage. Thread-safe.
class ConnectLog {
 public:
  // The outcome of an attempt: why it failed, or "".
  void Note(const std::string& reason) {
    absl::MutexLock lock(&mutex_);
    if (reason.empty() && failures_ > 0) LogInfo("connected to the database again", {{"failures", failures_}});
    if (!reason.empty() && reason != reason_) LogWarning("cannot connect to the database", {{"reason", reason}});
    failures_ = reason.empty() ? 0 : failures_ + 1;
    reason_ = reason;
  }

 private:
  absl::Mutex mutex_;
  int64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string reason_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

void PgConnection::Options::PlanByKeys() {
  for (const char* plan : {"enable_hashjoin", "enable_mergejoin", "enable_seqscan"}) settings.push_back({plan, "off"});
  // Where there is no other plan, its cost is beyond all measure now, and the server would compile the statement for
  // it.
  settings.push_back({"jit", "off"});
}

absl::StatusOr<std::unique_ptr<PgConnection>> PgConnection::Connect(const Options& options) {
  if (pollfd interrupt{options.interrupt_fd, POLLIN, 0}; poll(&interrupt, 1, 0) > 0) {
    return MakeError(Reason::kShuttingDown, "the server is shutting down");
  }
  std::string settings = OptionsOf(options.conninfo);
  for (const auto& [name, value] : options.settings) absl::StrAppend(&settings, " -c ", name, "=", value);
  const std::string seconds = absl::StrCat(std::max<int64_t>(2, absl::ToInt64Seconds(options.connect_timeout)));
  // What comes before the connection string are defaults: dead peers are found; what comes after overrides it.
  const std::vector<std::pair<const char*, const char*>> parameters = {
      {"keepalives", "1"},
      {"keepalives_idle", "5"},
      {"keepalives_interval", "2"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "10000"},
      {"dbname", options.conninfo.c_str()},
      {"target_session_attrs", "read-write"},
      {"client_encoding", "UTF8"},
      {"application_name", options.application_name.c_str()},
      {"connect_timeout", seconds.c_str()},
      {"options", settings.c_str()}};
  std::vector<const char*> keys, values;
  for (const auto& [key, value] : parameters) {
    keys.push_back(key);
    values.push_back(value);
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* raw = PQconnectdbParams(keys.data(), values.data(), /*expand_dbname=*/1);
  std::unique_ptr<PgConnection> connection(new PgConnection(raw, options));
  static auto* const log = new ConnectLog;
  log->Note(PQstatus(raw) == CONNECTION_OK ? "" : ReasonIn(raw));
  if (PQstatus(raw) != CONNECTION_OK) {
    return MakeError(Reason::kDatabaseUnavailable, "cannot connect to the database");
  }
  PQsetnonblocking(raw, 1);
  PQsetNoticeReceiver(raw, NoteWarning, &connection->replication_warning_);
  return connection;
}

}  // namespace toolcatalog
