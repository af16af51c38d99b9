#ifndef CATALOG_SERVICE_SEARCH_INDEX_SQL_H_
#define CATALOG_SERVICE_SEARCH_INDEX_SQL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "catalog_service/model/catalog_state.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// The SQL by which the side tables of lists and searches follow the tools. It is part of the write transaction, so a
// read never finds tools and side tables at different revisions.

// Reads the bodies of the latest versions that a batch left without one, as after a promotion; nullopt if there are
// none. `AddIndex` needs them.
std::optional<PgCommand> ReadMissingBodies(const CatalogState& state);
void LoadMissingBodies(const PgResult& rows, CatalogState& state);

// Adds what makes the side tables follow the tools that the batch touched. Adds nothing for a tool
// whose searched texts stay.
void AddIndex(const CatalogState& state, std::vector<PgCommand>& commands);

// Derives the side tables anew if an older binary has written since, or if a migration has just made them.
// Takes the counter lock for one portion of tools at a time, so writes go on meanwhile.
absl::Status FillIndex(PgConnection& connection);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_SEARCH_INDEX_SQL_H_
