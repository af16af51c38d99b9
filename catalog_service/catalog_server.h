#ifndef CATALOG_SERVICE_CATALOG_SERVER_H_
#define CATALOG_SERVICE_CATALOG_SERVER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "catalog_service/catalog_config.h"
#include "catalog_service/changes/change_feed.h"
#include "catalog_service/changes/change_list.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/changes/tool_history.h"
#include "catalog_service/compactor.h"
#include "catalog_service/postgres/connection_precedence.h"
#include "catalog_service/postgres/idle_connections.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "catalog_service/read/capability_reader.h"
#include "catalog_service/read/state_reader.h"
#include "catalog_service/read/tool_exporter.h"
#include "catalog_service/read/tool_reader.h"
#include "catalog_service/replicas/reload_event_list.h"
#include "catalog_service/replicas/reload_hook_store.h"
#include "catalog_service/replicas/replica_report_calls.h"
#include "catalog_service/replicas/replica_report_store.h"
#include "catalog_service/rpc/catalog_rpcs.h"
#include "catalog_service/rpc/change_calls.h"
#include "catalog_service/rpc/change_requests.h"
#include "catalog_service/rpc/export_calls.h"
#include "catalog_service/rpc/export_stream.h"
#include "catalog_service/rpc/import_calls.h"
#include "catalog_service/rpc/mutation_calls.h"
#include "catalog_service/rpc/mutation_requests.h"
#include "catalog_service/rpc/replica_rpcs.h"
#include "catalog_service/rpc/search_calls.h"
#include "catalog_service/rpc/tool_calls.h"
#include "catalog_service/rpc/tool_importer.h"
#include "catalog_service/rpc/tool_requests.h"
#include "catalog_service/rpc/tool_validation.h"
#include "catalog_service/rpc/version_calls.h"
#include "catalog_service/search/tool_search.h"
#include "catalog_service/write/write_queue.h"
#include "common/definition/capability_aliases.h"
#include "common/definition/validation/definition_validator.h"
#include "common/rpc/executor.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/server.h"
#include "common/wake.h"

namespace toolcatalog {

// Owns everything long-lived of the catalog service, in order of dependency.
class CatalogServer {
 public:
  // Serves at once. INVALID_ARGUMENT if the aliases contradict each other; FAILED_PRECONDITION if the schema does not
  // fit; UNAVAILABLE if the database or the address is not there.
  static absl::StatusOr<std::unique_ptr<CatalogServer>> Start(const CatalogConfig& config);

  ~CatalogServer();

  // Finishes calls and streams, see `Server::Drain`.
  void Drain();

 private:
  CatalogServer(const CatalogConfig& config, CapabilityAliases aliases);

  // Starts what works by itself: the feed and compaction.
  void StartWork(const CatalogConfig& config);
  void OnDatabase(bool reachable);

  // Ends the waits of all connections.
  Wake interrupt_;

  absl::Mutex mutex_;
  // As the feed knows it: the service is healthy while its database can be reached.
  bool database_reachable_ ABSL_GUARDED_BY(mutex_) = true;

  OpenCalls open_calls_;
  const DefinitionValidator validator_;
  const CapabilityAliases aliases_;
  // The writer and the feed come first.
  ConnectionPrecedence precedence_;
  PgPool read_pool_;
  PgPool watch_pool_;
  PgPool report_pool_;
  ToolReader reader_;
  ToolHistory history_;
  ToolValidation validation_;
  ChangeList change_list_;
  const ChangeRequests change_requests_;
  ToolSearch search_;
  CapabilityReader capabilities_;
  ToolRequests tool_requests_;
  StateReader state_;
  ReplicaReportStore reports_;
  ReloadEventList events_;
  ReloadHookStore hooks_;
  ChangeLog log_;
  ChangeLog watch_log_;
  WriteQueue queue_;
  ToolImporter importer_;
  ToolExporter exporter_;
  ChangeFeed feed_;
  IdleConnections idle_connections_;
  std::optional<CompactionSchedule> compaction_;
  Executor reads_;
  Executor imports_;
  Executor exports_;
  Executor watch_reads_;
  Executor report_executor_;
  const MutationRequests mutations_;
  Executor checks_;
  MutationCalls mutation_calls_;
  ToolCalls tool_calls_;
  VersionCalls version_calls_;
  SearchCalls search_calls_;
  ImportCalls import_calls_;
  ExportCalls export_calls_;
  ExportStreams export_streams_;
  ChangeCalls change_calls_;
  ReplicaReportCalls report_calls_;
  CatalogRpcs rpcs_;
  ReplicaRpcs replica_rpcs_;
  std::unique_ptr<Server> server_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Server> internal_server_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CATALOG_SERVER_H_
