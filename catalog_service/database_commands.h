#ifndef CATALOG_SERVICE_DATABASE_COMMANDS_H_
#define CATALOG_SERVICE_DATABASE_COMMANDS_H_

#include "absl/status/status.h"
#include "catalog_service/catalog_config.h"

namespace toolcatalog {

// Applies the schema's missing steps.
absl::Status MigrateDatabase(const CatalogConfig& config);

// Removes what the retention does not keep, and logs its progress about every second. ABORTED if another process
// compacts.
absl::Status CompactDatabase(const CatalogConfig& config);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_DATABASE_COMMANDS_H_
