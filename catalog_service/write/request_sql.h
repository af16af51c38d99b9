#ifndef CATALOG_SERVICE_WRITE_REQUEST_SQL_H_
#define CATALOG_SERVICE_WRITE_REQUEST_SQL_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "catalog_service/model/catalog_state.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// Reads which of the mutations' requests were applied in the last 24 hours. Nullopt if no mutation has a request id.
std::optional<PgCommand> ReadRequests(absl::Span<const Mutation* const> mutations);
// Adds to the state what `ReadRequests` answered.
void LoadRequests(const PgResult& rows, CatalogState& state);

// Keeps the answers of a state's new requests.
void AddRequests(const CatalogState& state, std::vector<PgCommand>& commands);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_WRITE_REQUEST_SQL_H_
