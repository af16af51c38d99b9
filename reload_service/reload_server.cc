#include "reload_service/reload_server.h"

#include "clients/cpp/catalog_client.h"
#include "common/config.h"

namespace toolcatalog {

absl::Status ReloadServerOptions::ReadConfig(const std::string& path) {
  absl::StatusOr<Config> config = Config::FromFile(path);
  if (!config.ok()) return config.status();
  config->Read("listen", &listen);
  config->Read("catalog", &catalog);
  config->Read("history_size", 1, 10000, &history_size);
  config->ReadSeconds("ttl_seconds", 1, 86400, &time_to_live);
  return config->Finish();
}

absl::StatusOr<std::unique_ptr<ReloadServer>> ReloadServer::Start(const ReloadServerOptions& options) {
  std::unique_ptr<ReloadServer> server(new ReloadServer(options));
  auto listening = Server::Start(options.listen, v1::ReloadService::service_full_name(), &server->rpcs_);
  if (!listening.ok()) return listening.status();
  server->server_ = *std::move(listening);
  server->coordinator_.Start();
  return server;
}

ReloadServer::ReloadServer(const ReloadServerOptions& options)
    : history_(options.history_size),
      coordinator_(
          CatalogChannel(options.catalog), &cache_, &history_, [this] { server_->SetServing(true); }, options.reload),
      profile_calls_(&cache_, &coordinator_, options.time_to_live),
      reload_calls_(&coordinator_),
      event_calls_(&history_),
      rpcs_({&profile_calls_, &reload_calls_, &event_calls_}) {}

ReloadServer::~ReloadServer() {
  coordinator_.Stop();
  history_.Close();
}

void ReloadServer::Drain() {
  server_->Drain(
      [this] {
        coordinator_.Stop();
        history_.Close();
      },
      [] {});
}

}  // namespace toolcatalog
