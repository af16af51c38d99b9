#ifndef CATALOG_SERVICE_WRITE_WRITE_SQL_H_
#define CATALOG_SERVICE_WRITE_WRITE_SQL_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "catalog_service/model/catalog_state.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// Who made a write of a state, for the log. The indices are those of `CatalogState::writes`.
struct WriteOrigin {
  const Mutation* mutation;
  std::string mutation_id;
};

// Stores the outcome, with one statement for each table, and announces it.
std::vector<PgCommand> WriteOutcome(const CatalogState& state, absl::Span<const WriteOrigin> origins);

// The same for a batch that changes nothing: only the answers of its requests are kept.
std::vector<PgCommand> RememberRequests(const CatalogState& state);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_WRITE_WRITE_SQL_H_
