#ifndef CATALOG_SERVICE_POSTGRES_SESSION_CHECK_H_
#define CATALOG_SERVICE_POSTGRES_SESSION_CHECK_H_

#include "absl/status/status.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// Whether each connection has a session of its own. FAILED_PRECONDITION if a pooler between the process and PostgreSQL
// lends one session to both, as PgBouncer does in transaction mode: prepared statements and LISTEN need a session.
absl::Status CheckSessions(PgConnection& first, PgConnection& second);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_SESSION_CHECK_H_
