#ifndef CATALOG_SERVICE_CATALOG_SERVER_H_
#define CATALOG_SERVICE_CATALOG_SERVER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "catalog_service/changes/change_feed.h"
#include "catalog_service/changes/change_list.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/changes/tool_history.h"
#include "catalog_service/compactor.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "catalog_service/postgres/wake.h"
#include "catalog_service/read/capability_store.h"
#include "catalog_service/read/state_queries.h"
#include "catalog_service/read/tool_exporter.h"
#include "catalog_service/read/tool_store.h"
#include "catalog_service/replicas/reload_event_list.h"
#include "catalog_service/replicas/reload_hook_store.h"
#include "catalog_service/replicas/replica_report_calls.h"
#include "catalog_service/replicas/replica_report_store.h"
#include "catalog_service/rpc/catalog_handlers.h"
#include "catalog_service/rpc/change_queries.h"
#include "catalog_service/rpc/export_calls.h"
#include "catalog_service/rpc/export_stream.h"
#include "catalog_service/rpc/tool_importer.h"
#include "catalog_service/rpc/tool_queries.h"
#include "catalog_service/rpc/tool_validation.h"
#include "catalog_service/search/tool_search.h"
#include "catalog_service/write/write_queue.h"
#include "common/definition/capability_aliases.h"
#include "common/definition/validation/definition_validator.h"
#include "common/rpc/executor.h"
#include "common/rpc/server.h"

namespace toolcatalog {

// How a catalog service is set up. The configuration file has the same keys.
struct CatalogConfig {
  // host:port to serve on.
  std::string listen = "127.0.0.1:8081";
  // libpq connection string; a password belongs into PGPASSWORD or a password file.
  std::string database = "dbname=toolcatalog";
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

// Applies the schema's missing steps.
absl::Status MigrateDatabase(const CatalogConfig& config);

// Removes what the retention does not keep; logs how far it is about every second. ABORTED if another process does so.
absl::Status CompactDatabase(const CatalogConfig& config);

// Owns everything long-lived of the catalog service, in the order in which it depends on each other.
class CatalogServer {
 public:
  // Serves at once. INVALID_ARGUMENT if the aliases contradict each other; FAILED_PRECONDITION if the schema does not
  // fit; UNAVAILABLE if the database or the address is not there.
  static absl::StatusOr<std::unique_ptr<CatalogServer>> Start(const CatalogConfig& config);

  // Finishes calls and streams, see `Server::Drain`.
  void Drain();

 private:
  CatalogServer(const CatalogConfig& config, CapabilityAliases aliases);

  void OnDatabase(bool reachable);

  // Ends the waits of all connections.
  Wake interrupt_;

  // Before the feed, whose thread uses them from the start.
  absl::Mutex mutex_;
  // As the feed knows it: the service is healthy while its database can be reached.
  bool database_reachable_ ABSL_GUARDED_BY(mutex_) = true;

  const DefinitionValidator validator_;
  const CapabilityAliases aliases_;
  PgPool read_pool_;
  PgPool search_pool_;
  PgPool watch_pool_;
  PgPool report_pool_;
  ToolStore store_;
  ToolHistory history_;
  ToolValidation validation_;
  ChangeList change_list_;
  const ChangeQueries change_queries_;
  ToolSearch search_;
  CapabilityStore capabilities_;
  ToolQueries queries_;
  StateQueries state_;
  ReloadReportStore reports_;
  ReloadEventList events_;
  ReloadHookStore hooks_;
  ChangeLog log_;
  ChangeLog watch_log_;
  WriteQueue queue_;
  ToolImporter importer_;
  ToolExporter exporter_;
  ChangeFeed feed_;
  std::optional<CompactionSchedule> compaction_;
  Executor reads_;
  Executor imports_;
  Executor exports_;
  Executor watch_reads_;
  Executor report_executor_;
  ReloadReportCalls report_calls_;
  ExportCalls export_calls_;
  ExportStreams export_streams_;
  CatalogHandlers handlers_;
  std::unique_ptr<Server> server_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CATALOG_SERVER_H_
