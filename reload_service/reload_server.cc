#include "reload_service/reload_server.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cpp/catalog_client.h"
#include "reload_service/hook_rules.h"

namespace toolcatalog {

absl::Status ReloadServerOptions::ReadConfig(const std::string& path) {
  absl::StatusOr<Config> config = Config::FromFile(path);
  if (!config.ok()) return config.status();
  config->Read("listen", &listen);
  config->Read("catalog", &catalog);
  config->Read("history_size", 1, 10000, &history_size);
  config->ReadSeconds("ttl_seconds", 1, 86400, &time_to_live);
  absl::Duration silence;
  config->ReadSeconds("max_staleness_seconds", 1, 604800, &silence);
  config->Read("capability_aliases", &capability_aliases);
  const absl::Status status = ReadWebhooks(*config);
  if (absl::Status keys = config->Finish(); !keys.ok()) return keys;
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("configuration file \"", path, "\": ", status.message()));
  }
  if (silence > absl::ZeroDuration() && silence < time_to_live) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": max_staleness_seconds: must be at least ttl_seconds, ",
                                                   absl::ToInt64Seconds(time_to_live), ", got ",
                                                   absl::ToInt64Seconds(silence)));
  }
  max_staleness = silence > absl::ZeroDuration() ? silence : std::max(max_staleness, time_to_live);
  return absl::OkStatus();
}

absl::Status ReloadServerOptions::ReadWebhooks(Config& config) {
  std::map<std::string, std::string> webhook_secret_files, hook_secret_files;
  std::vector<std::string> hosts;
  std::vector<Config::Section> sections;
  config.Read("webhook_secrets", &webhook_secret_files);
  config.Read("hook_secrets", &hook_secret_files);
  config.Read("hook_hosts", &hosts);
  config.Read("hook_max_attempts", 1, 20, &hooks.max_attempts);
  config.Read("hooks", {"name", "url", "secret"}, {"triggers"}, &sections);
  absl::StatusOr<NamedSecrets> webhook_secrets = ReadSecrets("webhook_secrets", webhook_secret_files);
  if (!webhook_secrets.ok()) return webhook_secrets.status();
  this->webhook_secrets = *std::move(webhook_secrets);
  absl::StatusOr<NamedSecrets> hook_secrets = ReadSecrets("hook_secrets", hook_secret_files);
  if (!hook_secrets.ok()) return hook_secrets.status();
  hooks.secrets = *std::move(hook_secrets);
  absl::StatusOr<HookHosts> allowed = HookHosts::FromList(hosts);
  if (!allowed.ok()) return absl::InvalidArgumentError(absl::StrCat("hook_hosts: ", allowed.status().message()));
  hooks.hosts = *std::move(allowed);
  absl::StatusOr<std::vector<v1::Hook>> configured = ReadHooks(sections, hooks.hosts, hooks.secrets);
  if (!configured.ok()) return configured.status();
  hooks.configured = *std::move(configured);
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
  return server;
}

ReloadServer::ReloadServer(const ReloadServerOptions& options, CapabilityAliases aliases)
    : aliases_(std::move(aliases)),
      catalog_(CatalogChannel(options.catalog)),
      cache_(options.clock),
      history_(options.history_size),
      revision_waits_(&cache_, catalog_),
      replica_waits_(catalog_),
      readiness_({&cache_, [] { return false; }, [this](bool ready) { server_->SetServing(ready); }, options.clock,
                  options.max_staleness}),
      coordinator_(
          catalog_, &cache_, &history_, [this] { readiness_.Wake(); }, options.reload),
      profile_calls_({&cache_, &coordinator_, &revision_waits_, &replica_waits_, &aliases_,
                      [] { return v1::FreezeState(); }, options.clock, options.time_to_live}),
      reload_calls_(&coordinator_),
      event_calls_(&history_),
      webhook_verifier_(options.webhook_secrets, options.clock),
      hook_sender_(HookSender::Start(&history_, options.hooks)),
      hook_calls_(catalog_, &webhook_verifier_, &reload_calls_, hook_sender_.get()),
      rpcs_({&profile_calls_, &reload_calls_, &event_calls_, &hook_calls_}) {
  cache_.ObserveRevision([this](int64_t revision) { revision_waits_.NoteApplied(revision); });
}

ReloadServer::~ReloadServer() { Stop(); }

void ReloadServer::Stop() {
  readiness_.Stop();
  coordinator_.Stop();
  revision_waits_.Stop();
  replica_waits_.Stop();
  history_.Close();
  hook_sender_->Stop();
}

void ReloadServer::Drain() {
  server_->Drain([this] { Stop(); }, [] {});
}

}  // namespace toolcatalog
