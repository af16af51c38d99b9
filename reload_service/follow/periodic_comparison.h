#ifndef RELOAD_SERVICE_FOLLOW_PERIODIC_COMPARISON_H_
#define RELOAD_SERVICE_FOLLOW_PERIODIC_COMPARISON_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_client.h"
#include "reload_service/cache/profile_cache.h"
#include "reload_service/follow/reload_coordinator.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// Compares the profile cache with the catalog, by version and content hash, and mends what differs. `Run` is called by
// one thread at a time, `Stop` by any. Cache and coordinator must outlive it.
class PeriodicComparison {
 public:
  PeriodicComparison(const std::shared_ptr<grpc::Channel>& catalog, ProfileCache* cache, ReloadCoordinator* coordinator)
      : cache_(cache), coordinator_(coordinator), client_(catalog) {}

  // Compares everything and records one event. Does nothing while the replica is frozen or before the first load.
  // Blocks.
  void Run();
  // Ends the run under way soon. Runs that follow do nothing.
  void Stop() {
    stopped_ = true;
    client_.Stop();
  }

 private:
  absl::StatusOr<v1::ListContentHashesResponse> AskForPage(const std::string& token);
  // Compares with all pages and counts in `event`.
  absl::Status Compare(v1::ReloadEvent* event);
  // Waits until the stream has brought the revision. If the stream brings nothing, asks for a new snapshot.
  absl::Status AwaitRevision(int64_t revision);
  // Fetches the tools anew and counts in `event`. An error says how many are not mended, and why the first is not.
  absl::Status Mend(const std::vector<std::string>& keys, v1::ReloadEvent* event);

  ProfileCache* const cache_;
  ReloadCoordinator* const coordinator_;
  std::atomic<bool> stopped_{false};
  // Last, so that its callbacks end before the rest is gone.
  CatalogClient client_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_PERIODIC_COMPARISON_H_
