#include "reload_service/reload_config.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/request_rules.h"
#include "reload_service/hooks/hook_rules.h"
#include "toolcatalog/v1/hook.pb.h"

namespace toolcatalog {

absl::Status ReloadServerOptions::ReadConfig(const std::string& path) {
  absl::StatusOr<Config> config = Config::FromFile(path);
  if (!config.ok()) return config.status();
  config->Read("listen", &listen);
  config->Read("catalog", &catalog);
  config->Read("catalog_internal_address", &catalog_internal_address);
  config->Read("replica", &replica);
  config->ReadMemoryLimit(&memory_limit);
  config->Read("history_size", 1, 10000, &history_size);
  config->ReadSeconds("periodic_reload_seconds", 0, 86400, &periodic_reload);
  config->Read("capability_aliases", &capability_aliases);
  const absl::Status staleness = ReadStaleness(*config), webhooks = ReadWebhooks(*config);
  if (absl::Status keys = config->Finish(); !keys.ok()) return keys;
  for (const absl::Status& status : {staleness, webhooks, CheckShortText("replica", replica)}) {
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("configuration file \"", path, "\": ", status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status ReloadServerOptions::ReadStaleness(Config& config) {
  absl::Duration silence;
  config.ReadSeconds("ttl_seconds", 1, 86400, &time_to_live);
  config.ReadSeconds("max_staleness_seconds", 1, 604800, &silence);
  if (silence > absl::ZeroDuration() && silence < time_to_live) {
    return absl::InvalidArgumentError(absl::StrCat("max_staleness_seconds: must be at least ttl_seconds, ",
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

}  // namespace toolcatalog
