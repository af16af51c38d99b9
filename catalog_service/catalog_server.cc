#include "catalog_service/catalog_server.h"

#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "catalog_service/database_options.h"
#include "catalog_service/postgres/migrations.h"
#include "catalog_service/postgres/session_check.h"
#include "common/log.h"
#include "common/rpc/descriptor_limit.h"
#include "toolcatalog/internal/v1/replica_service.grpc.pb.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {
namespace {

// Threads, each of which finds a connection in the pool that it uses. The feed reads the log over a connection of the
// watch streams.
constexpr int kImportThreads = 2;
constexpr int kExportThreads = 2;
constexpr int kWatchThreads = 2;
constexpr int kReportThreads = 2;
// They compute and wait for nothing.
constexpr int kCheckThreads = 2;
constexpr size_t kQueuedReads = 2000;
constexpr size_t kQueuedImports = 1000;
constexpr size_t kQueuedExports = 1000;
constexpr size_t kQueuedWatchReads = 2000;
constexpr size_t kQueuedReports = 500;
// A third, which is the part of one connection, is as many calls as a connection may have open.
constexpr size_t kQueuedChecks = 6000;
constexpr int kInternalPartOfConnections = 4;
// How often answers of requests and reload events are removed where changes never are.
constexpr absl::Duration kRequestsInterval = absl::Hours(1);

int ReadPoolSize(const CatalogConfig& config) { return config.read_connections + kImportThreads + kExportThreads; }

// Connected already, if possible: whoever comes later may find no connection left.
std::unique_ptr<CatalogWriter> MakeWriter(const PgConnection::Options& options, const DefinitionValidator* validator,
                                          ConnectionPrecedence* precedence) {
  auto writer = std::make_unique<CatalogWriter>(options, validator, precedence);
  writer->Connect().IgnoreError();
  return writer;
}

}  // namespace

CatalogServer::CatalogServer(const CatalogConfig& config, CapabilityAliases aliases)
    : open_calls_(config.memory_limit),
      validator_(config.vocabulary),
      aliases_(std::move(aliases)),
      read_pool_(ReadOptions(config, interrupt_.fd()), ReadPoolSize(config), &precedence_),
      watch_pool_(WatchOptions(config, interrupt_.fd()), kWatchThreads + 1, &precedence_),
      report_pool_(ReportOptions(config, interrupt_.fd()), kReportThreads, &precedence_),
      reader_(&read_pool_),
      history_(&read_pool_),
      validation_(&validator_, &reader_),
      change_list_(&read_pool_),
      change_requests_(&change_list_, &history_),
      search_(&read_pool_),
      capabilities_(&read_pool_),
      tool_requests_({&validator_.vocabulary(), &aliases_, &reader_, &search_, &capabilities_}),
      state_(&read_pool_),
      reports_(&report_pool_),
      events_(&read_pool_),
      hooks_(&report_pool_),
      log_(&read_pool_),
      watch_log_(&watch_pool_),
      queue_(MakeWriter(PlainOptions(config, interrupt_.fd()), &validator_, &precedence_)),
      importer_(&validator_, &queue_, &log_),
      exporter_(&validator_, &read_pool_, &log_),
      feed_(PlainOptions(config, interrupt_.fd()), &watch_log_, &precedence_),
      idle_connections_({&read_pool_, &watch_pool_, &report_pool_}),
      reads_(config.read_connections, kQueuedReads),
      imports_(kImportThreads, kQueuedImports),
      exports_(kExportThreads, kQueuedExports),
      watch_reads_(kWatchThreads, kQueuedWatchReads),
      report_executor_(kReportThreads, kQueuedReports),
      mutations_(&validator_),
      checks_(kCheckThreads, kQueuedChecks),
      mutation_calls_(&queue_, &checks_),
      tool_calls_({&mutation_calls_, &mutations_, &reader_, &history_, &tool_requests_, &validation_, &reads_}),
      version_calls_({&mutation_calls_, &mutations_, &history_, &tool_requests_, &reads_}),
      search_calls_(&tool_requests_, &reads_),
      import_calls_(&importer_, &imports_, &open_calls_),
      export_calls_(&exporter_, &exports_),
      export_streams_(&exporter_, &exports_, &open_calls_),
      change_calls_({&validator_.vocabulary(),
                     &aliases_,
                     &change_requests_,
                     &state_,
                     &reads_,
                     {&watch_log_, &feed_, &watch_reads_},
                     &open_calls_}),
      report_calls_({&reports_, &events_, &hooks_, &report_executor_, &reads_}),
      rpcs_(&open_calls_, {&tool_calls_, &version_calls_, &search_calls_, &import_calls_, &export_calls_,
                           &export_streams_, &change_calls_, &report_calls_}),
      replica_rpcs_(&open_calls_, &report_calls_) {}

// The feed still tells of the database while the servers end.
CatalogServer::~CatalogServer() {
  std::unique_ptr<Server> server, internal_server;
  absl::MutexLock lock(&mutex_);
  server.swap(server_);
  internal_server.swap(internal_server_);
}

void CatalogServer::StartWork(const CatalogConfig& config) {
  feed_.Start([this](bool reachable) { OnDatabase(reachable); });
  if (config.compaction_interval > absl::ZeroDuration()) {
    compaction_.emplace(PlainOptions(config), config.retention, config.compaction_interval);
  } else {
    Retention retention = kKeepChanges;
    retention.reload_events = config.retention.reload_events;
    compaction_.emplace(PlainOptions(config), retention, kRequestsInterval);
  }
}

absl::StatusOr<std::unique_ptr<CatalogServer>> CatalogServer::Start(const CatalogConfig& config) {
  absl::StatusOr<CapabilityAliases> aliases = CapabilityAliases::Make(config.capability_aliases);
  if (!aliases.ok()) return aliases.status();
  {
    absl::StatusOr<std::unique_ptr<PgConnection>> connection = PgConnection::Connect(PlainOptions(config));
    if (!connection.ok()) return connection.status();
    absl::StatusOr<std::unique_ptr<PgConnection>> another = PgConnection::Connect(PlainOptions(config));
    if (!another.ok()) return another.status();
    if (absl::Status status = CheckSessions(**connection, **another); !status.ok()) return status;
    if (absl::Status status = CheckSchema(**connection); !status.ok()) return status;
  }
  std::unique_ptr<CatalogServer> catalog(new CatalogServer(config, *std::move(aliases)));
  catalog->StartWork(config);
  // The two share what the process may open.
  const int max_connections = MaxConnectionsWithin(DescriptorLimit());
  ServerOptions options, internal_options;
  options.open_calls = internal_options.open_calls = &catalog->open_calls_;
  internal_options.connections.in_all = max_connections / kInternalPartOfConnections;
  options.connections.in_all = max_connections - internal_options.connections.in_all;
  absl::StatusOr<std::unique_ptr<Server>> internal_server =
      Server::Start(config.internal_listen, internal::v1::ReplicaService::service_full_name(), &catalog->replica_rpcs_,
                    internal_options);
  if (!internal_server.ok()) return internal_server.status();
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(config.listen, v1::CatalogService::service_full_name(), &catalog->rpcs_, options);
  if (!server.ok()) return server.status();
  absl::MutexLock lock(&catalog->mutex_);
  catalog->internal_server_ = *std::move(internal_server);
  catalog->server_ = *std::move(server);
  catalog->internal_server_->SetServing(catalog->database_reachable_);
  catalog->server_->SetServing(catalog->database_reachable_);
  return catalog;
}

void CatalogServer::OnDatabase(bool reachable) {
  LogInfo("database", {{"reachable", reachable}});
  absl::MutexLock lock(&mutex_);
  database_reachable_ = reachable;
  if (server_ != nullptr) server_->SetServing(reachable);
  if (internal_server_ != nullptr) internal_server_->SetServing(reachable);
}

void CatalogServer::Drain() {
  Server* server;
  Server* internal_server;
  {
    absl::MutexLock lock(&mutex_);
    server = server_.get();
    internal_server = internal_server_.get();
  }
  // Both at once, so that a drain takes no longer than that of one server.
  std::thread internal([&] { internal_server->Drain([] {}, [this] { interrupt_.Set(); }); });
  server->Drain(
      [this] {
        import_calls_.FinishStreams();
        export_streams_.Drain();
        change_calls_.FinishStreams();
      },
      [this] {
        interrupt_.Set();
        queue_.Abandon();
      });
  internal.join();
}

}  // namespace toolcatalog
