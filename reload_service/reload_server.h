#ifndef RELOAD_SERVICE_RELOAD_SERVER_H_
#define RELOAD_SERVICE_RELOAD_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/server.h"
#include "reload_service/event_reporter.h"
#include "reload_service/profile_cache.h"
#include "reload_service/reload_coordinator.h"
#include "reload_service/reload_history.h"
#include "reload_service/reload_rpcs.h"
#include "reload_service/replica_statistics.h"

namespace toolcatalog {

struct ReloadServerOptions {
  // Reads the keys of the configuration file at `path`; INVALID_ARGUMENT that names file, key and rule.
  absl::Status ReadConfig(const std::string& path);

  std::string listen = "127.0.0.1:8082";
  // Address of the catalog service.
  std::string catalog = "127.0.0.1:8081";
  // Name of the replica; empty = the machine's name and the port in `listen`.
  std::string replica;
  // Events that the history lists while the catalog cannot be asked.
  int history_size = 100;
  // Answers are marked stale when the catalog has been silent for longer.
  absl::Duration time_to_live = absl::Minutes(5);
  ReloadCoordinator::Options reload;
  EventReporter::Timing report;
};

// The running service: owns everything that lives as long as the process. Health turns to SERVING with the first load.
// Thread-safe.
class ReloadServer {
 public:
  // Listens and begins to follow the catalog, which need not be up yet. UNAVAILABLE if the address cannot be used.
  static absl::StatusOr<std::unique_ptr<ReloadServer>> Start(const ReloadServerOptions& options);
  // Cancels what `Drain` has not ended.
  ~ReloadServer();

  // "host:port" as bound.
  const std::string& address() const { return server_->address(); }

  // Ends all calls in good order, then reports the last events; returns within 5 s.
  void Drain();

 private:
  explicit ReloadServer(const ReloadServerOptions& options);

  void DescribeCache(v1::ReloadStatistics* statistics) const;

  const std::shared_ptr<grpc::Channel> catalog_;
  ProfileCache cache_;
  ReloadHistory history_;
  ReloadCoordinator coordinator_;
  const ReplicaStatistics statistics_;
  EventReporter reporter_;
  ProfileCalls profile_calls_;
  ReloadCalls reload_calls_;
  EventCalls event_calls_;
  ReloadRpcs rpcs_;
  std::unique_ptr<Server> server_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_SERVER_H_
