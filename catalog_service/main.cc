#include <CLI/CLI.hpp>
#include <iostream>
#include <limits>
#include <optional>
#include <string>

#include "catalog_service/catalog_config.h"
#include "catalog_service/catalog_server.h"
#include "catalog_service/database_commands.h"
#include "common/rpc/server.h"
#include "common/version_line.h"

namespace {

using toolcatalog::CatalogConfig;
using toolcatalog::CatalogServer;

int Fail(const absl::Status& status) {
  std::cerr << "catalog_service: " << status.message() << "\n";
  return 1;
}

int Serve(const CatalogConfig& config, bool migrate) {
  if (migrate) {
    if (absl::Status status = toolcatalog::MigrateDatabase(config); !status.ok()) return Fail(status);
  }
  absl::StatusOr<std::unique_ptr<CatalogServer>> server = CatalogServer::Start(config);
  if (!server.ok()) return Fail(server.status());
  toolcatalog::AwaitTermination();
  (*server)->Drain();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  toolcatalog::PrepareProcess();
  CLI::App app("Keeps tool definitions in PostgreSQL and streams every change.", "catalog_service");
  std::string config_file, listen, internal_listen, database;
  bool migrate = false;
  app.add_option("--listen", listen, "host:port to serve on; overrides the file (default 127.0.0.1:8081)");
  app.add_option("--internal-listen", internal_listen,
                 "host:port to serve reload services on; overrides the file (default 127.0.0.1:8085)");
  app.add_flag("--migrate", migrate, "bring the schema up to date before serving");
  app.set_version_flag("--version", toolcatalog::VersionLine("catalog_service"));
  CLI::App* migrate_command = app.add_subcommand("migrate", "bring the schema up to date and exit")->fallthrough();
  CLI::App* compact_command =
      app.add_subcommand("compact", "remove changes and reload events that are kept no longer and exit")->fallthrough();
  // Of the commands too, so that their own help shows these.
  for (CLI::App* part : {&app, migrate_command, compact_command}) {
    part->add_option("--config", config_file,
                     "YAML configuration file: listen, internal_listen, database, platforms, categories, statuses, "
                     "capability_aliases, retention_days, retention_revisions, compaction_interval_minutes, "
                     "reload_event_retention_days, reload_events_kept");
    part->add_option("--database", database,
                     "libpq connection string; overrides the file (default dbname=toolcatalog)");
  }
  std::optional<int> retention_days;
  std::optional<int64_t> retention_revisions;
  compact_command->add_option("--retention-days", retention_days, "keep changes for so many days; overrides the file")
      ->check(CLI::Range(0, toolcatalog::kMaxRetentionDays));
  compact_command
      ->add_option("--retention-revisions", retention_revisions, "keep so many of the newest; overrides the file")
      ->check(CLI::Range(int64_t{1}, std::numeric_limits<int64_t>::max()));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
  CatalogConfig config;
  if (!config_file.empty()) {
    absl::StatusOr<CatalogConfig> read = CatalogConfig::FromFile(config_file);
    if (!read.ok()) return Fail(read.status());
    config = *std::move(read);
  }
  if (!listen.empty()) config.listen = listen;
  if (!internal_listen.empty()) config.internal_listen = internal_listen;
  if (!database.empty()) config.database = database;
  if (migrate_command->parsed()) {
    const absl::Status status = toolcatalog::MigrateDatabase(config);
    return status.ok() ? 0 : Fail(status);
  }
  if (compact_command->parsed()) {
    if (retention_days.has_value()) config.retention.age = absl::Hours(24) * *retention_days;
    if (retention_revisions.has_value()) config.retention.revisions = *retention_revisions;
    const absl::Status status = toolcatalog::CompactDatabase(config);
    return status.ok() ? 0 : Fail(status);
  }
  return Serve(config, migrate);
}
