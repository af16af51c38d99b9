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

// Who waits for a new snapshot, and whether one is wanted that nobody waits for. Each request has a number, for
// `CatalogWatcher::Resync`. Thread-safe.
class SnapshotRequests {
 public:
  // The number of the request; 0 once stopped.
  int64_t Add(const ReloadWaiter& waiter);
  // The same for a snapshot that is wanted because something is wrong; also 0 while one is wanted already.
  int64_t Want(const std::string& reason);
  // A new number for what is still wanted; 0 if nothing is.
  int64_t WantAgain();

  // Returns those who wait for a snapshot up to this number. They wait no longer.
  std::vector<ReloadWaiter> Settle(int64_t number);
  // Returns why the snapshot was taken; "" if only somebody waited for it. It is wanted no longer.
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
