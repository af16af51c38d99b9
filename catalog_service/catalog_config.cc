#include "catalog_service/catalog_config.h"

#include <limits>

#include "common/config.h"

namespace toolcatalog {
namespace {

constexpr int kMaxCompactionMinutes = 7 * 24 * 60;
constexpr int kMaxReadConnections = 100;

}  // namespace

absl::StatusOr<CatalogConfig> CatalogConfig::FromFile(const std::string& path) {
  absl::StatusOr<Config> file = Config::FromFile(path);
  if (!file.ok()) return file.status();
  CatalogConfig config;
  file->Read("listen", &config.listen);
  file->Read("internal_listen", &config.internal_listen);
  file->Read("database", &config.database);
  file->Read("read_connections", 1, kMaxReadConnections, &config.read_connections);
  file->ReadMemoryLimit(&config.memory_limit);
  file->Read("gateways", &config.gateways);
  file->Read("platforms", &config.vocabulary.platforms);
  file->Read("categories", &config.vocabulary.categories);
  file->Read("statuses", &config.vocabulary.statuses);
  int days = static_cast<int>(config.retention.age / absl::Hours(24));
  int revisions = static_cast<int>(config.retention.revisions);
  int minutes = static_cast<int>(config.compaction_interval / absl::Minutes(1));
  file->Read("retention_days", 0, kMaxRetentionDays, &days);
  file->Read("retention_revisions", 1, std::numeric_limits<int>::max(), &revisions);
  file->Read("compaction_interval_minutes", 0, kMaxCompactionMinutes, &minutes);
  int event_days = static_cast<int>(config.retention.reload_events.age / absl::Hours(24));
  int events = static_cast<int>(config.retention.reload_events.events);
  file->Read("reload_event_retention_days", 0, kMaxRetentionDays, &event_days);
  file->Read("reload_events_kept", 1, std::numeric_limits<int>::max(), &events);
  config.retention = {absl::Hours(24) * days, revisions, {absl::Hours(24) * event_days, events}};
  config.compaction_interval = absl::Minutes(minutes);
  file->Read("capability_aliases", &config.capability_aliases);
  if (absl::Status status = file->Finish(); !status.ok()) return status;
  return config;
}

}  // namespace toolcatalog
