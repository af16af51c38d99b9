#ifndef RELOAD_SERVICE_RELOAD_SERVER_H_
#define RELOAD_SERVICE_RELOAD_SERVER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/capability_aliases.h"
#include "common/clock.h"
#include "common/server.h"
#include "reload_service/periodic_comparison.h"
#include "reload_service/periodic_schedule.h"
#include "reload_service/profile_cache.h"
#include "reload_service/readiness.h"
#include "reload_service/reload_coordinator.h"
#include "reload_service/reload_history.h"
#include "reload_service/reload_rpcs.h"
#include "reload_service/replica_waits.h"
#include "reload_service/revision_waits.h"

namespace toolcatalog {

struct ReloadServerOptions {
  // Reads the keys of the configuration file at `path`; INVALID_ARGUMENT that names file, key and rule.
  absl::Status ReadConfig(const std::string& path);

  std::string listen = "127.0.0.1:8082";
  // Address of the catalog service.
  std::string catalog = "127.0.0.1:8081";
  // Events that the history keeps.
  int history_size = 100;
  // Answers are marked stale when the catalog has been silent for longer.
  absl::Duration time_to_live = absl::Minutes(5);
  // Health turns to NOT_SERVING when it has been silent for longer; not less than `time_to_live`.
  absl::Duration max_staleness = absl::Minutes(15);
  // Groups of capability names that mean the same.
  CapabilityAliases::Groups capability_aliases = CapabilityAliases::DefaultGroups();
  // What everything measures by in which minutes matter.
  Clock clock = absl::Now;
  // Interval of the comparison with the catalog; zero = off.
  absl::Duration periodic_reload = absl::ZeroDuration();
  // Its clock is replaced by the one above.
  ReloadCoordinator::Options reload;
};

// The running service: owns everything that lives as long as the process. Health turns to SERVING with the first load,
// and is NOT_SERVING while the catalog is silent for longer than `max_staleness`. Thread-safe.
class ReloadServer {
 public:
  // Listens and begins to follow the catalog, which need not be up yet. UNAVAILABLE if the address cannot be used,
  // INVALID_ARGUMENT if the aliases contradict each other.
  static absl::StatusOr<std::unique_ptr<ReloadServer>> Start(const ReloadServerOptions& options);
  // Cancels what `Drain` has not ended.
  ~ReloadServer();

  // "host:port" as bound.
  const std::string& address() const { return server_->address(); }

  // Adds a handler of reloads, at any time; errors as `HandlerRegistry::Register`.
  absl::Status RegisterHandler(std::string name, ReloadHandler handler, absl::Duration time_limit = absl::Seconds(1)) {
    return coordinator_.RegisterHandler(std::move(name), std::move(handler), time_limit);
  }

  // Ends all calls in good order; returns within 5 s.
  void Drain();

 private:
  ReloadServer(const ReloadServerOptions& options, CapabilityAliases aliases);
  void Stop();

  const CapabilityAliases aliases_;
  // First, because what is made of it must not be the last to release it.
  const std::shared_ptr<grpc::Channel> catalog_;
  ProfileCache cache_;
  ReloadHistory history_;
  RevisionWaits revision_waits_;
  ReplicaWaits replica_waits_;
  Readiness readiness_;
  ReloadCoordinator coordinator_;
  PeriodicComparison comparison_;
  PeriodicSchedule schedule_;
  ProfileCalls profile_calls_;
  ReloadCalls reload_calls_;
  EventCalls event_calls_;
  ReloadRpcs rpcs_;
  std::unique_ptr<Server> server_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_SERVER_H_
