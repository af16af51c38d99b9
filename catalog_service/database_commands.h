#ifndef CATALOG_SERVICE_DATABASE_COMMANDS_H_
#define CATALOG_SERVICE_DATABASE_COMMANDS_H_

#include "absl/status/status.h"
#include "catalog_service/catalog_config.h"

namespace toolcatalog {

// Applies the schema's missing steps.
absl::Status MigrateDatabase(const CatalogConfig& config);

// Removes what the retention does not keep; logs how far it is about every second. ABORTED if another process does so.
absl::Status CompactDatabase(const CatalogConfig& config);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_DATABASE_COMMANDS_H_
