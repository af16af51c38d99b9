#ifndef CATALOG_SERVICE_WRITE_WRITE_SQL_H_
#define CATALOG_SERVICE_WRITE_WRITE_SQL_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "catalog_service/model/catalog_state.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// Name of the statement that commits a batch.
inline constexpr char kCommitStatement[] = "toolcatalog_commit";

// Who made a write of a state, for the log: same indices as `CatalogState::writes`.
struct WriteOrigin {
  const Mutation* mutation;
  std::string mutation_id;
};

// Writes the outcome set-based, announces it, and commits.
std::vector<PgCommand> WriteAndCommit(const CatalogState& state, absl::Span<const WriteOrigin> origins);

// The same for a batch that changes nothing.
std::vector<PgCommand> RememberAndCommit(const CatalogState& state);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_WRITE_WRITE_SQL_H_
