#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "common/rpc/server.h"
#include "common/version_line.h"
#include "reload_service/reload_server.h"

int main(int argc, char** argv) {
  toolcatalog::PrepareProcess();
  CLI::App app("Keeps the profiles of the tool catalog ready in memory.", "reload_service");
  std::string config, listen, catalog, catalog_internal;
  app.add_option("--config", config,
                 "YAML file with the keys listen, catalog, catalog_internal_address, replica, history_size, "
                 "ttl_seconds, max_staleness_seconds, "
                 "capability_aliases, periodic_reload_seconds, webhook_secrets, hook_hosts, hook_secrets, "
                 "hook_max_attempts, hooks");
  app.add_option("--listen", listen, "Address to serve on, host:port (default 127.0.0.1:8082)");
  app.add_option("--catalog", catalog, "Address of the catalog service, host:port (default 127.0.0.1:8081)");
  app.add_option("--catalog-internal", catalog_internal,
                 "Address of the catalog's internal service, host:port (default 127.0.0.1:8085)");
  app.set_version_flag("--version", toolcatalog::VersionLine("reload_service"));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }

  toolcatalog::ReloadServerOptions options;
  const absl::Status status = config.empty() ? absl::OkStatus() : options.ReadConfig(config);
  if (!status.ok()) {
    std::cerr << "reload_service: " << status.message() << std::endl;
    return 1;
  }
  if (!listen.empty()) options.listen = listen;
  if (!catalog.empty()) options.catalog = catalog;
  if (!catalog_internal.empty()) options.catalog_internal_address = catalog_internal;
  auto server = toolcatalog::ReloadServer::Start(options);
  if (!server.ok()) {
    std::cerr << "reload_service: " << server.status().message() << std::endl;
    return 1;
  }
  toolcatalog::AwaitTermination();
  (*server)->Drain();
  return 0;
}
