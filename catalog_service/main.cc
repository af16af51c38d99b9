#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "catalog_service/catalog_server.h"
#include "common/server.h"
#include "common/version.h"

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
  std::string config_file, listen, database;
  bool migrate = false;
  app.add_option("--config", config_file,
                 "YAML configuration file: listen, database, platforms, categories, statuses, capability_aliases");
  app.add_option("--listen", listen, "host:port to serve on; overrides the file (default 127.0.0.1:8081)");
  app.add_option("--database", database, "libpq connection string; overrides the file (default dbname=toolcatalog)");
  app.add_flag("--migrate", migrate, "bring the schema up to date before serving");
  app.set_version_flag("--version", toolcatalog::kVersion);
  CLI::App* migrate_command = app.add_subcommand("migrate", "bring the schema up to date and exit")->fallthrough();
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
  if (!database.empty()) config.database = database;
  if (migrate_command->parsed()) {
    const absl::Status status = toolcatalog::MigrateDatabase(config);
    return status.ok() ? 0 : Fail(status);
  }
  return Serve(config, migrate);
}
