#ifndef RELOAD_SERVICE_FOLLOW_SNAPSHOT_REQUESTS_H_
#define RELOAD_SERVICE_FOLLOW_SNAPSHOT_REQUESTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/catalog_watcher.h"
#include "reload_service/events/reload_events.h"

namespace toolcatalog {

// Requests for a new snapshot: those of callers who wait for it, and one that nobody waits for, because something is
// wrong. Each request has a number, for `CatalogWatcher::Resync`. Thread-safe.
class SnapshotRequests {
 public:
  // Adds a request of a caller. Returns its number; 0 = stopped.
  int64_t Add(const ReloadWaiter& waiter);
  // Adds a request that nobody waits for. Returns its number; 0 = stopped, or there is such a request already.
  int64_t Want(const std::string& reason);
  // Gives the request that nobody waits for a new number and returns it; 0 = there is no such request.
  int64_t WantAgain();

  // Ends the requests of callers up to this number, and returns the callers.
  std::vector<ReloadWaiter> Settle(int64_t number);
  // Ends the request that nobody waits for, if the snapshot answers it. Returns why the snapshot was taken; "" = only
  // because callers wait.
  std::string SettleWanted(const CatalogSnapshot& snapshot);

  void Stop();

 private:
  struct Waiting {
    int64_t number = 0;
    ReloadWaiter waiter;
  };
  struct Wanted {
    int64_t number = 0;
    std::string reason;
  };

  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<Wanted> wanted_ ABSL_GUARDED_BY(mutex_);
  std::vector<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_SNAPSHOT_REQUESTS_H_
