#ifndef RELOAD_SERVICE_FOLLOW_TOOL_FETCHER_H_
#define RELOAD_SERVICE_FOLLOW_TOOL_FETCHER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_client.h"
#include "common/steady_time.h"
#include "reload_service/cache/profile_cache.h"
#include "reload_service/events/reload_events.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// One answer of the catalog.
struct CompletedFetch {
  std::string key;
  absl::StatusOr<v1::GetToolResponse> response;
  // Taken from the cache before the catalog was asked.
  int64_t sequence = 0;
};

// Asks the catalog for single tools. Callers that want the same tool share a fetch. Thread-safe. The cache must outlive
// it.
class ToolFetcher {
 public:
  // `complete` is called once for each fetch, on a gRPC thread that it must not block. The fetch lasts until `Settle`.
  ToolFetcher(const std::shared_ptr<grpc::Channel>& channel, ProfileCache* cache, absl::Duration timeout,
              std::function<void(CompletedFetch)> complete);

  // Fetches the tool once for all who ask. The waiter joins the fetch under way if that began after `not_before`, which
  // is a sequence number of the cache. Else the waiter joins the next fetch, together with all who come until then.
  void Fetch(const std::string& key, int64_t not_before, ReloadWaiter waiter);
  // The same for a read that found the profile invalid by `invalid_mark`. If the profile is valid again, the waiter is
  // told at once.
  void FetchInvalid(const std::string& key, int64_t invalid_mark, ReloadWaiter waiter);
  // Ends a fetch whose answer has been applied or cannot be. Begins the next one if somebody waits for it. Returns
  // those who waited for the fetch that has ended.
  std::vector<ReloadWaiter> Settle(const std::string& key);
  // Cancels what is under way and waits for it. Fetches fail at once from now on.
  void Stop() { client_.Stop(); }

 private:
  struct Flight {
    int64_t sequence = 0;
    std::vector<ReloadWaiter> waiters;
    // Those for whom this fetch began too early.
    std::vector<ReloadWaiter> next_waiters;
  };

  // Joins the fetch under way or the one after it. If there is no fetch, returns false and leaves `*waiter` as it is.
  bool Join(const std::string& key, int64_t not_before, ReloadWaiter* waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Ask(const std::string& key);
  void Finish(const std::string& key, absl::StatusOr<v1::GetToolResponse> response);

  ProfileCache* const cache_;
  const absl::Duration timeout_;
  const std::function<void(CompletedFetch)> complete_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Flight> flights_ ABSL_GUARDED_BY(mutex_);
  // Last, so that its callbacks end before the rest is gone.
  CatalogClient client_;
};

// Decides whether a read of an invalidated profile waits for the catalog, so that a catalog that hangs or fails does
// not hold up every read. After a failure, one read a second asks the catalog, until one succeeds. Thread-safe.
class FetchPause {
 public:
  // Whether the read may ask. After a failure, a read that may ask keeps the others from asking for a second.
  bool MayAsk(SteadyTime now);

  // A fetch for a read has succeeded.
  void NoteSuccess();
  // A fetch for a read has failed, or takes too long.
  void NoteFailure(SteadyTime now);

 private:
  absl::Mutex mutex_;
  bool failing_ ABSL_GUARDED_BY(mutex_) = false;
  // While failing: when the next read may ask.
  SteadyTime next_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_TOOL_FETCHER_H_
