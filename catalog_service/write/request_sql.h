#ifndef CATALOG_SERVICE_WRITE_REQUEST_SQL_H_
#define CATALOG_SERVICE_WRITE_REQUEST_SQL_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "catalog_service/model/catalog_state.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// Reads, of the mutations' identities, those that were applied in the last 24 hours; nullopt if no mutation has one.
std::optional<PgCommand> ReadRequests(absl::Span<const Mutation* const> mutations);
// Adds what `ReadRequests` answered.
void LoadRequests(const PgResult& rows, CatalogState& state);

// Keeps the answers of a state's new requests.
void AddRequests(const CatalogState& state, std::vector<PgCommand>& commands);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_WRITE_REQUEST_SQL_H_
