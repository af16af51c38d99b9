#include "catalog_service/postgres/session_check.h"

#include "absl/status/statusor.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr PgStatement kFirstSession = {"first_session", "select pg_backend_pid()"};
constexpr PgStatement kSecondSession = {"second_session", "select pg_backend_pid()"};

// A statement of this name was prepared in the session by another connection.
bool IsPreparedByAnother(const absl::Status& status) { return ErrorMetadata(status, "sqlstate") == "42P05"; }

absl::Status SharedSession() {
  return MakeError(Reason::kFailedPrecondition,
                   "database: a pooler lends one session of PostgreSQL to several connections; it must be in session "
                   "mode (PgBouncer: pool_mode=session)");
}

}  // namespace

absl::Status CheckSessions(PgConnection& first, PgConnection& second) {
  absl::StatusOr<PgResult> one = first.Execute(kFirstSession, {});
  absl::StatusOr<PgResult> other = second.Execute(kSecondSession, {});
  if (IsPreparedByAnother(one.status()) || IsPreparedByAnother(other.status())) return SharedSession();
  if (!one.ok()) return one.status();
  if (!other.ok()) return other.status();
  return one->Int(0, 0) == other->Int(0, 0) ? SharedSession() : absl::OkStatus();
}

}  // namespace toolcatalog
