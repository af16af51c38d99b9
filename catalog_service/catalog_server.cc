#include "catalog_service/catalog_server.h"

#include <limits>
#include <utility>

#include "absl/time/clock.h"
#include "catalog_service/postgres/migrations.h"
#include "catalog_service/search/index_sql.h"
#include "common/config.h"
#include "common/log.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {
namespace {

// Connections of one process: reads, streams that read the log (and the feed, which shares theirs), reports of reload
// services, the writer, LISTEN.
constexpr int kReadConnections = 8;
constexpr int kWatchConnections = 3;
constexpr int kReportConnections = 2;
constexpr size_t kQueuedReads = 2000;
constexpr size_t kQueuedImports = 1000;
constexpr size_t kQueuedExports = 1000;
constexpr size_t kQueuedWatchReads = 2000;
constexpr size_t kQueuedReports = 500;
// How often answers of requests and reload events are removed where changes never are.
constexpr absl::Duration kRequestsInterval = absl::Hours(1);
constexpr int kMaxCompactionMinutes = 7 * 24 * 60;
constexpr absl::Duration kProgressInterval = absl::Seconds(1);

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

// Holds the counter lock now and then, so it may be ended as a writer may.
PgConnection::Options FillOptions(const CatalogConfig& config) {
  PgConnection::Options options = PlainOptions(config);
  options.application_name = "toolcatalog-writer";
  options.settings = {{"idle_in_transaction_session_timeout", "5000"}};
  return options;
}

// The database takes a search of a common word for cheaper without the full-text index, at twice the price.
PgConnection::Options SearchOptions(const CatalogConfig& config, int interrupt_fd) {
  PgConnection::Options options = ReadOptions(config, interrupt_fd);
  options.settings.push_back({"enable_seqscan", "off"});
  return options;
}

// Statements of streams and the feed have one good plan, and making it takes longer than running it.
PgConnection::Options WatchOptions(const CatalogConfig& config, int interrupt_fd) {
  PgConnection::Options options = ReadOptions(config, interrupt_fd);
  options.settings.push_back({"plan_cache_mode", "force_generic_plan"});
  return options;
}

PgConnection::Options ReportOptions(const CatalogConfig& config, int interrupt_fd) {
  PgConnection::Options options = ReadOptions(config, interrupt_fd);
  options.application_name = "toolcatalog-reports";
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
  int days = static_cast<int>(config.retention.age / absl::Hours(24));
  int revisions = static_cast<int>(config.retention.revisions);
  int minutes = static_cast<int>(config.compaction_interval / absl::Minutes(1));
  file->Read("retention_days", 0, kMaxRetentionDays, &days);
  file->Read("retention_revisions", 1, std::numeric_limits<int>::max(), &revisions);
  file->Read("compaction_interval_minutes", 0, kMaxCompactionMinutes, &minutes);
  int event_days = static_cast<int>(config.retention.reload_events.age / absl::Hours(24));
  int events = static_cast<int>(config.retention.reload_events.events);
  file->Read("reload_event_retention_days", 0, kMaxRetentionDays, &event_days);
  file->Read("reload_events_kept", 1, std::numeric_limits<int>::max(), &events);
  config.retention = {absl::Hours(24) * days, revisions, {absl::Hours(24) * event_days, events}};
  config.compaction_interval = absl::Minutes(minutes);
  file->Read("capability_aliases", &config.capability_aliases);
  if (absl::Status status = file->Finish(); !status.ok()) return status;
  return config;
}

absl::Status MigrateDatabase(const CatalogConfig& config) {
  absl::StatusOr<std::unique_ptr<PgConnection>> connection = PgConnection::Connect(PlainOptions(config));
  if (!connection.ok()) return connection.status();
  absl::StatusOr<int> applied = Migrate(**connection);
  if (!applied.ok()) return applied.status();
  LogInfo("schema is up to date", {{"steps_applied", *applied}});
  absl::StatusOr<std::unique_ptr<PgConnection>> writer = PgConnection::Connect(FillOptions(config));
  if (!writer.ok()) return writer.status();
  return FillIndex(**writer);
}

absl::Status CompactDatabase(const CatalogConfig& config) {
  const auto log = [](const char* what, const Compaction& done) {
    LogInfo(what, {{"oldest_revision", done.oldest_revision},
                   {"changes", done.changes},
                   {"definitions", done.definitions},
                   {"requests", done.requests},
                   {"reload_events", done.reload_events},
                   {"longest_step_ms", absl::ToDoubleMilliseconds(done.longest_step)}});
  };
  absl::Time logged = absl::Now();
  const auto progress = [&](const Compaction& done) {
    if (absl::Now() - logged < kProgressInterval) return;
    logged = absl::Now();
    log("compacting", done);
  };
  const auto pause = [](absl::Duration time) {
    absl::SleepFor(time);
    return true;
  };
  absl::StatusOr<Compaction> done = Compactor(PlainOptions(config), config.retention).Run(progress, pause);
  if (done.ok()) log("compacted", *done);
  return done.status();
}

CatalogServer::CatalogServer(const CatalogConfig& config, CapabilityAliases aliases)
    : validator_(config.vocabulary),
      aliases_(std::move(aliases)),
      read_pool_(ReadOptions(config, interrupt_.fd()), kReadConnections),
      search_pool_(SearchOptions(config, interrupt_.fd()), kReadConnections),
      watch_pool_(WatchOptions(config, interrupt_.fd()), kWatchConnections),
      report_pool_(ReportOptions(config, interrupt_.fd()), kReportConnections),
      store_(&read_pool_),
      history_(&read_pool_),
      validation_(&validator_, &store_),
      change_list_(&read_pool_),
      change_queries_(&change_list_, &history_),
      search_(&search_pool_),
      capabilities_(&read_pool_),
      queries_({&validator_.vocabulary(), &aliases_, &store_, &search_, &capabilities_}),
      state_(&read_pool_),
      reports_(&report_pool_),
      events_(&read_pool_),
      hooks_(&report_pool_),
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
      report_executor_(kReportConnections, kQueuedReports),
      report_calls_({&reports_, &events_, &hooks_, &report_executor_, &reads_}),
      export_calls_(&exporter_, &exports_),
      export_streams_(&exporter_, &exports_),
      handlers_({&validator_,
                 &aliases_,
                 &store_,
                 &history_,
                 &queries_,
                 &validation_,
                 &change_queries_,
                 &state_,
                 &report_calls_,
                 &queue_,
                 &importer_,
                 &export_calls_,
                 &export_streams_,
                 &reads_,
                 &imports_,
                 {&watch_log_, &feed_, &watch_reads_}}) {
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
    if (absl::Status status = CheckSchema(**connection); !status.ok()) return status;
  }
  std::unique_ptr<CatalogServer> catalog(new CatalogServer(config, *std::move(aliases)));
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
