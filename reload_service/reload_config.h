#ifndef RELOAD_SERVICE_RELOAD_CONFIG_H_
#define RELOAD_SERVICE_RELOAD_CONFIG_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/definition/capability_aliases.h"
#include "common/memory_limit.h"
#include "common/steady_time.h"
#include "reload_service/events/event_reporter.h"
#include "reload_service/follow/reload_coordinator.h"
#include "reload_service/hooks/hook_sender.h"
#include "reload_service/hooks/webhook_verifier.h"

namespace toolcatalog {

// How a reload service is set up. The configuration file has the same keys.
struct ReloadServerOptions {
  // Reads the keys of the configuration file at `path`; INVALID_ARGUMENT that names file, key and rule.
  absl::Status ReadConfig(const std::string& path);

  std::string listen = "127.0.0.1:8082";
  // Address of the catalog service.
  std::string catalog = "127.0.0.1:8081";
  // Address of the catalog's internal service.
  std::string catalog_internal_address = "127.0.0.1:8085";
  // Name of the replica; empty = the machine's name and the port in `listen`.
  std::string replica;
  // Events that the history lists while the catalog cannot be asked.
  int history_size = 100;
  // Answers are marked stale when the catalog has been silent for longer.
  absl::Duration time_to_live = absl::Minutes(5);
  // Health turns to NOT_SERVING when it has been silent for longer; not less than `time_to_live`.
  absl::Duration max_staleness = absl::Minutes(15);
  // What the process should keep to, in bytes: `memory_limit_mib`. The default is that of the machine.
  int64_t memory_limit = DefaultMemoryLimit();
  // Groups of capability names that mean the same.
  CapabilityAliases::Groups capability_aliases = CapabilityAliases::DefaultGroups();
  // Tells the times of events, and checks those of webhooks.
  Clock clock = absl::Now;
  // What staleness and long pauses are measured by.
  SteadyClock steady_clock = SteadyTime::Now;
  // Interval of the comparison with the catalog; zero = off.
  absl::Duration periodic_reload = absl::ZeroDuration();
  // Its clocks are replaced by those above.
  ReloadCoordinator::Options reload;
  EventReporter::Timing report;
  // Any of them signs inbound webhooks.
  NamedSecrets webhook_secrets;
  HookSender::Options hooks;

 private:
  absl::Status ReadStaleness(Config& config);
  absl::Status ReadWebhooks(Config& config);
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_CONFIG_H_
