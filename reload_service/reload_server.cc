#include "reload_service/reload_server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/catalog_client.h"
#include "common/config.h"

namespace toolcatalog {
namespace {

ReloadCoordinator::Options CoordinatorOptions(const ReloadServerOptions& options) {
  ReloadCoordinator::Options reload = options.reload;
  reload.clock = options.clock;
  return reload;
}

}  // namespace

absl::Status ReloadServerOptions::ReadConfig(const std::string& path) {
  absl::StatusOr<Config> config = Config::FromFile(path);
  if (!config.ok()) return config.status();
  config->Read("listen", &listen);
  config->Read("catalog", &catalog);
  config->Read("history_size", 1, 10000, &history_size);
  config->ReadSeconds("ttl_seconds", 1, 86400, &time_to_live);
  absl::Duration silence;
  config->ReadSeconds("max_staleness_seconds", 1, 604800, &silence);
  config->ReadSeconds("periodic_reload_seconds", 0, 86400, &periodic_reload);
  config->Read("capability_aliases", &capability_aliases);
  if (absl::Status status = config->Finish(); !status.ok()) return status;
  if (silence > absl::ZeroDuration() && silence < time_to_live) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": max_staleness_seconds: must be at least ttl_seconds, ",
                                                   absl::ToInt64Seconds(time_to_live), ", got ",
                                                   absl::ToInt64Seconds(silence)));
  }
  max_staleness = silence > absl::ZeroDuration() ? silence : std::max(max_staleness, time_to_live);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ReloadServer>> ReloadServer::Start(const ReloadServerOptions& options) {
  auto aliases = CapabilityAliases::Make(options.capability_aliases);
  if (!aliases.ok()) return aliases.status();
  std::unique_ptr<ReloadServer> server(new ReloadServer(options, *std::move(aliases)));
  auto listening = Server::Start(options.listen, v1::ReloadService::service_full_name(), &server->rpcs_);
  if (!listening.ok()) return listening.status();
  server->server_ = *std::move(listening);
  server->readiness_.Start();
  server->coordinator_.Start();
  server->schedule_.Start();
  return server;
}

ReloadServer::ReloadServer(const ReloadServerOptions& options, CapabilityAliases aliases)
    : aliases_(std::move(aliases)),
      catalog_(CatalogChannel(options.catalog)),
      cache_(options.clock),
      history_(options.history_size),
      revision_waits_(&cache_, catalog_),
      replica_waits_(catalog_),
      readiness_({&cache_, [this] { return coordinator_.freeze_state().frozen(); },
                  [this](bool ready) { server_->SetServing(ready); }, options.clock, options.max_staleness}),
      coordinator_(
          catalog_, &cache_, &history_, [this] { readiness_.Wake(); }, CoordinatorOptions(options)),
      comparison_(catalog_, &cache_, &coordinator_),
      schedule_([this] { comparison_.Run(); }, options.periodic_reload),
      profile_calls_({&cache_, &coordinator_, &revision_waits_, &replica_waits_, &aliases_,
                      [this] { return coordinator_.freeze_state(); }, options.clock, options.time_to_live}),
      reload_calls_(&coordinator_, &schedule_),
      event_calls_(&history_),
      rpcs_({&profile_calls_, &reload_calls_, &event_calls_}) {
  cache_.ObserveRevision([this](int64_t revision) { revision_waits_.NoteApplied(revision); });
}

ReloadServer::~ReloadServer() { Stop(); }

void ReloadServer::Stop() {
  readiness_.Stop();
  comparison_.Stop();
  coordinator_.Stop();
  schedule_.Stop();
  revision_waits_.Stop();
  replica_waits_.Stop();
  history_.Close();
}

void ReloadServer::Drain() {
  server_->Drain([this] { Stop(); }, [] {});
}

}  // namespace toolcatalog
