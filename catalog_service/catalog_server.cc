#include "catalog_service/catalog_server.h"

#include <utility>

#include "catalog_service/migrations.h"
#include "common/config.h"
#include "common/log.h"

namespace toolcatalog {
namespace {

// Connections of one process: reads, streams that read the log (and the feed, which shares theirs), the writer, LISTEN.
constexpr int kReadConnections = 8;
constexpr int kWatchConnections = 3;
constexpr size_t kQueuedReads = 2000;
constexpr size_t kQueuedImports = 1000;
constexpr size_t kQueuedExports = 1000;
constexpr size_t kQueuedWatchReads = 2000;

PgConnection::Options PlainOptions(const CatalogConfig& config, int interrupt_fd = -1) {
  PgConnection::Options options{config.database, "toolcatalog"};
  options.interrupt_fd = interrupt_fd;
  return options;
}

PgConnection::Options ReadOptions(const CatalogConfig& config, int interrupt_fd) {
  PgConnection::Options options = PlainOptions(config, interrupt_fd);
  options.application_name = "toolcatalog-reader";
  // An old snapshot keeps the server from pruning, which slows writers down.
  options.settings = {{"statement_timeout", "5000"}, {"idle_in_transaction_session_timeout", "5000"}};
  return options;
}

}  // namespace

absl::StatusOr<CatalogConfig> CatalogConfig::FromFile(const std::string& path) {
  absl::StatusOr<Config> file = Config::FromFile(path);
  if (!file.ok()) return file.status();
  CatalogConfig config;
  file->Read("listen", &config.listen);
  file->Read("database", &config.database);
  file->Read("platforms", &config.vocabulary.platforms);
  file->Read("categories", &config.vocabulary.categories);
  file->Read("statuses", &config.vocabulary.statuses);
  if (absl::Status status = file->Finish(); !status.ok()) return status;
  return config;
}

absl::Status MigrateDatabase(const CatalogConfig& config) {
  absl::StatusOr<std::unique_ptr<PgConnection>> connection = PgConnection::Connect(PlainOptions(config));
  if (!connection.ok()) return connection.status();
  absl::StatusOr<int> applied = Migrate(**connection);
  if (applied.ok()) LogInfo("schema is up to date", {{"steps_applied", *applied}});
  return applied.status();
}

CatalogServer::CatalogServer(const CatalogConfig& config)
    : validator_(config.vocabulary),
      read_pool_(ReadOptions(config, interrupt_.fd()), kReadConnections),
      watch_pool_(ReadOptions(config, interrupt_.fd()), kWatchConnections),
      store_(&read_pool_),
      history_(&read_pool_),
      validation_(&validator_, &store_),
      log_(&read_pool_),
      watch_log_(&watch_pool_),
      queue_(std::make_unique<CatalogWriter>(PlainOptions(config, interrupt_.fd()), &validator_)),
      importer_(&validator_, &queue_, &log_),
      exporter_(&validator_, &read_pool_, &log_),
      feed_(PlainOptions(config, interrupt_.fd()), &watch_log_, [this](bool reachable) { OnDatabase(reachable); }),
      reads_(kReadConnections, kQueuedReads),
      imports_(2, kQueuedImports),
      exports_(2, kQueuedExports),
      watch_reads_(kWatchConnections - 1, kQueuedWatchReads),
      export_streams_(&exporter_, &exports_),
      handlers_({&validator_,
                 &store_,
                 &history_,
                 &validation_,
                 &log_,
                 &queue_,
                 &importer_,
                 &exporter_,
                 &export_streams_,
                 &reads_,
                 &imports_,
                 &exports_,
                 {&watch_log_, &feed_, &watch_reads_}}) {}

absl::StatusOr<std::unique_ptr<CatalogServer>> CatalogServer::Start(const CatalogConfig& config) {
  {
    absl::StatusOr<std::unique_ptr<PgConnection>> connection = PgConnection::Connect(PlainOptions(config));
    if (!connection.ok()) return connection.status();
    if (absl::Status status = CheckSchema(**connection); !status.ok()) return status;
  }
  std::unique_ptr<CatalogServer> catalog(new CatalogServer(config));
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(config.listen, v1::CatalogService::service_full_name(), &catalog->handlers_);
  if (!server.ok()) return server.status();
  absl::MutexLock lock(&catalog->mutex_);
  catalog->server_ = *std::move(server);
  catalog->server_->SetServing(catalog->database_reachable_);
  return catalog;
}

void CatalogServer::OnDatabase(bool reachable) {
  LogInfo("database", {{"reachable", reachable}});
  absl::MutexLock lock(&mutex_);
  database_reachable_ = reachable;
  if (server_ != nullptr) server_->SetServing(reachable);
}

void CatalogServer::Drain() {
  Server* server;
  {
    absl::MutexLock lock(&mutex_);
    server = server_.get();
  }
  server->Drain([this] { handlers_.FinishStreams(); },
                [this] {
                  interrupt_.Set();
                  queue_.Abandon();
                });
}

}  // namespace toolcatalog
