#ifndef CATALOG_SERVICE_DATABASE_OPTIONS_H_
#define CATALOG_SERVICE_DATABASE_OPTIONS_H_

#include "catalog_service/catalog_config.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// How each kind of connection to the database is set up. What becomes readable on `interrupt_fd` ends the waits of the
// connection; -1 = nothing does.

// The writer, the feed, and the commands that run once.
PgConnection::Options PlainOptions(const CatalogConfig& config, int interrupt_fd = -1);
// Reads of tools and changes, and searches.
PgConnection::Options ReadOptions(const CatalogConfig& config, int interrupt_fd);
// Filling of the side tables in `migrate`.
PgConnection::Options FillOptions(const CatalogConfig& config);
// Watch streams, and the feed's reads of the log.
PgConnection::Options WatchOptions(const CatalogConfig& config, int interrupt_fd);
// Reports of reload services.
PgConnection::Options ReportOptions(const CatalogConfig& config, int interrupt_fd);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_DATABASE_OPTIONS_H_
