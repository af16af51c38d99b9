#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/help_formatter.h"
#include "common/rpc/server.h"
#include "common/version_line.h"
#include "reload_service/reload_config.h"
#include "reload_service/reload_server.h"

namespace {

using toolcatalog::ReloadServer;
using toolcatalog::ReloadServerOptions;

// What the command line says; "" where it says nothing.
struct Flags {
  std::string config_file, listen, catalog, catalog_internal;
};

int Fail(const absl::Status& status) {
  std::cerr << "reload_service: " << status.message() << "\n";
  return 1;
}

void AddOptions(CLI::App& app, Flags& flags) {
  const ReloadServerOptions defaults;
  const auto add_address = [&app](const char* flag, std::string& value, const char* meaning,
                                  const std::string& address) {
    app.add_option(flag, value, absl::StrCat(meaning, " (default: ", address, ")"))->type_name("HOST:PORT");
  };
  add_address("--listen", flags.listen, "address to serve on; port 0 takes a free one", defaults.listen);
  add_address("--catalog", flags.catalog, "address of the catalog service", defaults.catalog);
  add_address("--catalog-internal", flags.catalog_internal, "address of the catalog's internal service",
              defaults.catalog_internal_address);
  app.add_option(
         "--config", flags.config_file,
         "YAML file with the keys listen, catalog, catalog_internal_address, replica, memory_limit_mib, history_size, "
         "ttl_seconds, max_staleness_seconds, capability_aliases, periodic_reload_seconds, webhook_secrets, "
         "hook_hosts, hook_secrets, hook_max_attempts, hooks; README.md describes them, and a flag overrides "
         "its key (default: no file)")
      ->type_name("FILE");
}

// The file's configuration, with what the flags override.
absl::StatusOr<ReloadServerOptions> ReadOptions(const Flags& flags) {
  ReloadServerOptions options;
  if (!flags.config_file.empty()) {
    if (absl::Status status = options.ReadConfig(flags.config_file); !status.ok()) return status;
  }
  if (!flags.listen.empty()) options.listen = flags.listen;
  if (!flags.catalog.empty()) options.catalog = flags.catalog;
  if (!flags.catalog_internal.empty()) options.catalog_internal_address = flags.catalog_internal;
  return options;
}

int Serve(const ReloadServerOptions& options) {
  absl::StatusOr<std::unique_ptr<ReloadServer>> server = ReloadServer::Start(options);
  if (!server.ok()) return Fail(server.status());
  toolcatalog::AwaitTermination();
  (*server)->Drain();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  toolcatalog::PrepareProcess();
  CLI::App app("Keeps the profiles of the tool catalog ready in memory.", "reload_service");
  toolcatalog::SetHelp(app);
  app.set_version_flag("--version", toolcatalog::VersionLine("reload_service"), toolcatalog::kVersionHelp);
  Flags flags;
  AddOptions(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
  const absl::StatusOr<ReloadServerOptions> options = ReadOptions(flags);
  return options.ok() ? Serve(*options) : Fail(options.status());
}
