#ifndef RELOAD_SERVICE_CACHE_STATE_PROOF_H_
#define RELOAD_SERVICE_CACHE_STATE_PROOF_H_

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/catalog_watcher.h"
#include "common/clock.h"
#include "common/steady_time.h"
#include "reload_service/cache/version_hashes.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Proves that the cache has what the catalog has. It computes a state hash from what the stream brings, and compares
// the hash with each one that the catalog sends. When the hashes differ, it asks for a new snapshot, at most once in 5
// minutes, and counts the failures in between. The stream's methods are called by one thread, `Describe` by any.
class StateProof {
 public:
  explicit StateProof(SteadyClock clock) : clock_(std::move(clock)) {}

  // Each takes in what the stream brought. It returns why a new snapshot should be taken; nullopt = none should be.
  std::optional<std::string> OnSnapshot(const CatalogSnapshot& snapshot);
  std::optional<std::string> OnWrite(const CatalogWrite& write);
  std::optional<std::string> OnBookmark(const CatalogPosition& position);

  // Fills proof_failures, proven_revision and diverged.
  void Describe(v1::ReloadStatistics* statistics) const;

 private:
  std::optional<std::string> Compare(const CatalogPosition& position);
  // Keeps the outcome of a comparison, and returns whether the hashes were equal.
  bool Count(int64_t revision, bool equal);

  const SteadyClock clock_;

  // Only the stream's thread uses these.
  VersionHashes versions_;
  int64_t revision_ = 0;
  SteadyTime last_resync_;
  // Whether a snapshot was asked for and has not come yet.
  bool awaited_ = false;
  // Whether the log says that no snapshot is taken.
  bool told_ = false;

  mutable absl::Mutex mutex_;
  int64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t proven_revision_ ABSL_GUARDED_BY(mutex_) = 0;
  bool diverged_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_STATE_PROOF_H_
