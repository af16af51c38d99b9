#include "reload_service/reload_server.h"

#include "clients/cpp/catalog_client.h"
#include "common/config.h"
#include "reload_service/replica_identity.h"
#include "reload_service/request_rules.h"

namespace toolcatalog {

absl::Status ReloadServerOptions::ReadConfig(const std::string& path) {
  absl::StatusOr<Config> config = Config::FromFile(path);
  if (!config.ok()) return config.status();
  config->Read("listen", &listen);
  config->Read("catalog", &catalog);
  config->Read("replica", &replica);
  config->Read("history_size", 1, 10000, &history_size);
  config->ReadSeconds("ttl_seconds", 1, 86400, &time_to_live);
  const absl::Status status = config->Finish();
  return status.ok() ? CheckShortText("replica", replica) : status;
}

absl::StatusOr<std::unique_ptr<ReloadServer>> ReloadServer::Start(const ReloadServerOptions& options) {
  std::unique_ptr<ReloadServer> server(new ReloadServer(options));
  auto listening = Server::Start(options.listen, v1::ReloadService::service_full_name(), &server->rpcs_);
  if (!listening.ok()) return listening.status();
  server->server_ = *std::move(listening);
  server->coordinator_.Start();
  server->reporter_.Start();
  return server;
}

ReloadServer::ReloadServer(const ReloadServerOptions& options)
    : catalog_(CatalogChannel(options.catalog)),
      history_(options.history_size, NewReplicaIdentity(options.replica, options.listen)),
      coordinator_(
          catalog_, &cache_, &history_, [this] { server_->SetServing(true); }, options.reload),
      statistics_({[this](auto* statistics) { history_.Describe(statistics); },
                   [this](auto* statistics) { DescribeCache(statistics); },
                   [this](auto* statistics) { reporter_.Describe(statistics); }}),
      reporter_(catalog_, &history_, &statistics_,
                {[this] { return cache_.GetFreshness().revision; }, [] { return std::string(); },
                 [](const v1::Replica&) {}, [](const auto&) {}},
                options.report),
      profile_calls_(&cache_, &coordinator_, options.time_to_live),
      reload_calls_(&coordinator_),
      event_calls_(catalog_, &history_, &reporter_, &statistics_),
      rpcs_({&profile_calls_, &reload_calls_, &event_calls_}) {}

ReloadServer::~ReloadServer() {
  coordinator_.Stop();
  history_.Close();
}

void ReloadServer::DescribeCache(v1::ReloadStatistics* statistics) const {
  const auto freshness = cache_.GetFreshness();
  statistics->set_applied_revision(freshness.revision);
  statistics->set_stream_state(freshness.loaded ? "live" : "loading");
}

void ReloadServer::Drain() {
  server_->Drain(
      [this] {
        coordinator_.Stop();
        history_.Close();
      },
      [] {});
  reporter_.Stop();
}

}  // namespace toolcatalog
