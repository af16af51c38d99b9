#include <CLI/CLI.hpp>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "catalog_service/catalog_config.h"
#include "catalog_service/catalog_server.h"
#include "catalog_service/database_commands.h"
#include "common/help_formatter.h"
#include "common/rpc/caller_address.h"
#include "common/rpc/server.h"
#include "common/version_line.h"

namespace {

using toolcatalog::CatalogConfig;
using toolcatalog::CatalogServer;

// What the command line says; "" and nullopt where it says nothing.
struct Flags {
  std::string config_file, listen, internal_listen, database;
  bool migrate = false;
  std::optional<int> retention_days;
  std::optional<int64_t> retention_revisions;
};

int Fail(const absl::Status& status) {
  std::cerr << "catalog_service: " << status.message() << "\n";
  return 1;
}

int ExitCode(const absl::Status& status) { return status.ok() ? 0 : Fail(status); }

// The options of the program and of its commands.
void AddDatabaseOptions(CLI::App& app, Flags& flags) {
  app.add_option("--config", flags.config_file,
                 "YAML file with the keys listen, internal_listen, database, read_connections, memory_limit_mib, "
                 "gateways, platforms, categories, statuses, capability_aliases, retention_days, retention_revisions, "
                 "compaction_interval_minutes, reload_event_retention_days, reload_events_kept; README.md describes "
                 "them, and a flag overrides its key (default: no file)")
      ->type_name("FILE");
  app.add_option("--database", flags.database,
                 absl::StrCat("libpq connection string (default: ", CatalogConfig().database, ")"))
      ->type_name("CONNINFO");
}

void AddServerOptions(CLI::App& app, Flags& flags) {
  const CatalogConfig defaults;
  app.add_option("--listen", flags.listen,
                 absl::StrCat("address to serve on; port 0 takes a free one (default: ", defaults.listen, ")"))
      ->type_name("HOST:PORT");
  app.add_option("--internal-listen", flags.internal_listen,
                 absl::StrCat("address to serve reload services on (default: ", defaults.internal_listen, ")"))
      ->type_name("HOST:PORT");
  app.add_flag("--migrate", flags.migrate, "bring the schema up to date before serving");
}

void AddRetentionOptions(CLI::App& app, Flags& flags) {
  app.add_option("--retention-days", flags.retention_days,
                 "keep changes for so many days, 0 to 36500 (default: retention_days of the file)")
      ->type_name("DAYS")
      ->check(CLI::Range(0, toolcatalog::kMaxRetentionDays).description(""));
  app.add_option("--retention-revisions", flags.retention_revisions,
                 "keep so many of the newest revisions, at least 1 (default: retention_revisions of the file)")
      ->type_name("COUNT")
      ->check(CLI::Range(int64_t{1}, std::numeric_limits<int64_t>::max()).description(""));
}

// The file's configuration, with what the flags override.
absl::StatusOr<CatalogConfig> ReadConfig(const Flags& flags) {
  absl::StatusOr<CatalogConfig> config =
      flags.config_file.empty() ? CatalogConfig() : CatalogConfig::FromFile(flags.config_file);
  if (!config.ok()) return config;
  if (!flags.listen.empty()) config->listen = flags.listen;
  if (!flags.internal_listen.empty()) config->internal_listen = flags.internal_listen;
  if (!flags.database.empty()) config->database = flags.database;
  if (flags.retention_days.has_value()) config->retention.age = absl::Hours(24) * *flags.retention_days;
  if (flags.retention_revisions.has_value()) config->retention.revisions = *flags.retention_revisions;
  return config;
}

int Serve(const CatalogConfig& config, bool migrate) {
  if (absl::Status status = toolcatalog::TrustGateways(config.gateways); !status.ok()) return Fail(status);
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
  toolcatalog::SetHelp(app);
  app.set_version_flag("--version", toolcatalog::VersionLine("catalog_service"), toolcatalog::kVersionHelp);
  Flags flags;
  AddServerOptions(app, flags);
  AddDatabaseOptions(app, flags);
  CLI::App* migrate = app.add_subcommand("migrate", "Brings the schema up to date and exits.")->fallthrough();
  CLI::App* compact =
      app.add_subcommand("compact", "Removes the changes and reload events that are kept no longer, and exits.")
          ->fallthrough();
  // Of the commands too, so that their own help shows these.
  for (CLI::App* command : {migrate, compact}) AddDatabaseOptions(*command, flags);
  AddRetentionOptions(*compact, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
  const absl::StatusOr<CatalogConfig> config = ReadConfig(flags);
  if (!config.ok()) return Fail(config.status());
  if (migrate->parsed()) return ExitCode(toolcatalog::MigrateDatabase(*config));
  if (compact->parsed()) return ExitCode(toolcatalog::CompactDatabase(*config));
  return Serve(*config, flags.migrate);
}
