#ifndef CATALOG_SERVICE_WRITE_LOCK_SQL_H_
#define CATALOG_SERVICE_WRITE_LOCK_SQL_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "catalog_service/model/catalog_state.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// The SQL that a write transaction begins with. The counter is locked by a statement of its own before any statement
// that reads, so what is read is the state that the lock protects.

// Locks the counter and reads the tools that the mutations touch: all their versions, but bodies only where a mutation
// can need them, so that the time under the lock does not grow with the number of versions.
std::vector<PgCommand> LockAndRead(absl::Span<const Mutation* const> mutations);

// The state that `LockAndRead` answered.
CatalogState ReadState(const std::vector<PgResult>& results, const DefinitionValidator* validator);

// Locks the counter and counts which of the mutations were committed.
std::vector<PgCommand> LockAndFind(const std::vector<std::string>& mutation_ids);
// Whether `LockAndFind` has found one.
bool WasFound(const std::vector<PgResult>& results);

// Ends the writers' backends that keep `backend_pid` from getting the lock. A backend that itself waits for a lock,
// for a standby or for the disk of the log is left alone.
PgCommand EndBlockersOf(int backend_pid);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_WRITE_LOCK_SQL_H_
