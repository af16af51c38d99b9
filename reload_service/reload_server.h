#ifndef RELOAD_SERVICE_RELOAD_SERVER_H_
#define RELOAD_SERVICE_RELOAD_SERVER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/definition/capability_aliases.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/server.h"
#include "reload_service/cache/profile_cache.h"
#include "reload_service/events/event_reporter.h"
#include "reload_service/events/reload_history.h"
#include "reload_service/events/replica_statistics.h"
#include "reload_service/follow/periodic_comparison.h"
#include "reload_service/follow/periodic_schedule.h"
#include "reload_service/follow/readiness.h"
#include "reload_service/follow/reload_coordinator.h"
#include "reload_service/follow/replica_waits.h"
#include "reload_service/follow/revision_waits.h"
#include "reload_service/hooks/hook_sender.h"
#include "reload_service/hooks/webhook_verifier.h"
#include "reload_service/reload_config.h"
#include "reload_service/rpc/reload_rpcs.h"

namespace toolcatalog {

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

  // Ends all calls in good order, then reports the last events; returns within 5 s.
  void Drain();

 private:
  ReloadServer(const ReloadServerOptions& options, CapabilityAliases aliases);
  // Ends everything that makes, keeps or hands on events, and every wait.
  void Stop();
  // Fails what waits for the catalog or for a handler.
  void Abandon();

  const CapabilityAliases aliases_;
  // First, because what is made of them must not be the last to release them.
  const std::shared_ptr<grpc::Channel> catalog_;
  const std::shared_ptr<grpc::Channel> catalog_internal_;
  OpenCalls open_calls_;
  ProfileCache cache_;
  ReloadHistory history_;
  RevisionWaits revision_waits_;
  ReplicaWaits replica_waits_;
  Readiness readiness_;
  ReloadCoordinator coordinator_;
  PeriodicComparison comparison_;
  PeriodicSchedule schedule_;
  WebhookVerifier webhook_verifier_;
  const std::shared_ptr<HookSender> hook_sender_;
  ProfileCalls profile_calls_;
  const ReplicaStatistics statistics_;
  EventReporter reporter_;
  ReloadCalls reload_calls_;
  EventCalls event_calls_;
  HookCalls hook_calls_;
  ReloadRpcs rpcs_;
  std::unique_ptr<Server> server_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_SERVER_H_
