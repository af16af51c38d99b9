#ifndef CATALOG_SERVICE_CATALOG_CONFIG_H_
#define CATALOG_SERVICE_CATALOG_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "catalog_service/compactor.h"
#include "common/definition/capability_aliases.h"
#include "common/definition/validation/definition_validator.h"
#include "common/memory_limit.h"

namespace toolcatalog {

// How a catalog service is set up. The configuration file has the same keys.
struct CatalogConfig {
  // host:port to serve on.
  std::string listen = "127.0.0.1:8081";
  // host:port for reload services alone. Nothing authenticates who calls there, so only they may reach it.
  std::string internal_listen = "127.0.0.1:8085";
  // libpq connection string; a password belongs in a password file, or in PGPASSWORD or a password file.
  std::string database = "dbname=toolcatalog";
  // How many reads may run at a time, each on a connection of its own to the database.
  int read_connections = 8;
  // What the process should keep to, in bytes: `memory_limit_mib`. The default is that of the machine.
  int64_t memory_limit = DefaultMemoryLimit();
  // IP addresses of gateways on other machines: what they say of their callers' addresses is believed.
  std::vector<std::string> gateways;
  // Allowed platforms, categories and statuses.
  Vocabulary vocabulary = DefaultVocabulary();
  // How long changes are kept: `retention_days` and `retention_revisions`.
  Retention retention;
  // How often what is kept no longer is removed: `compaction_interval_minutes`. 0 = never, but for answers of requests
  // and reload events. How long these are kept: `reload_event_retention_days` and `reload_events_kept`.
  absl::Duration compaction_interval = absl::Minutes(60);
  // Other names of capabilities; a table in the file replaces the default one.
  CapabilityAliases::Groups capability_aliases = CapabilityAliases::DefaultGroups();

  // INVALID_ARGUMENT that names file and key of each problem.
  static absl::StatusOr<CatalogConfig> FromFile(const std::string& path);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CATALOG_CONFIG_H_
