#ifndef RELOAD_SERVICE_FOLLOW_REVISION_WAITS_H_
#define RELOAD_SERVICE_FOLLOW_REVISION_WAITS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_client.h"
#include "common/rpc/bounded_wait.h"
#include "common/rpc/executor.h"
#include "reload_service/cache/profile_cache.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// Calls that wait until the cache has applied a revision. They block no thread; at most 10,000 wait at a time. They are
// answered on a thread of this class, so that answers do not hold up the thread that applies revisions. When a wait
// begins, the catalog is asked for its newest revision, once for all waits that begin meanwhile. A wait for a revision
// above that is refused. If the catalog does not answer, the wait goes on. Thread-safe. The cache must outlive it, and
// it must outlive every call that waits.
class RevisionWaits {
 public:
  using Done = std::function<void(const absl::Status&)>;

  RevisionWaits(const ProfileCache* cache, const std::shared_ptr<grpc::Channel>& catalog);

  // Calls `done` once, without a lock held, perhaps before this returns. OK when the revision has been applied.
  // DEADLINE_EXCEEDED that names the revision that has been applied by then. INVALID_ARGUMENT, reason
  // REVISION_UNAVAILABLE, that names `field`, if the catalog has not written the revision. RESOURCE_EXHAUSTED if too
  // many wait.
  void Await(absl::string_view field, int64_t revision, absl::Time deadline, const Done& done);

  // The cache has applied this revision. The waits for revisions up to it end soon.
  void NoteApplied(int64_t revision);
  // Ends all waits with this status.
  void Fail(const absl::Status& status);
  // Ends all waits with UNAVAILABLE, also those that begin later. Those that were waiting have ended when this returns.
  void Stop();

 private:
  struct Waiter {
    std::string field;
    Done done;
    std::shared_ptr<BoundedWait> wait;
  };
  // Revision, and a consecutive number.
  using Key = std::pair<int64_t, int64_t>;

  static void Serve(const std::vector<Waiter>& served);
  absl::Status Add(absl::string_view field, int64_t revision, absl::Time deadline, Done done);
  void Expire(const Key& key, const Done& done);
  void Ask();
  void StartAsking();
  void FinishAsking(const absl::StatusOr<v1::GetRevisionResponse>& answer);

  const ProfileCache* const cache_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::btree_map<Key, Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  int64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  // Whether the catalog is being asked.
  bool asking_ ABSL_GUARDED_BY(mutex_) = false;
  // It is asked on behalf of the waiters up to this number.
  int64_t asked_for_ ABSL_GUARDED_BY(mutex_) = 0;
  // Whether other waiters have come since.
  bool ask_again_ ABSL_GUARDED_BY(mutex_) = false;
  // Serves those whose revision has been applied, all of one revision in one task; null once stopped.
  std::unique_ptr<Executor> executor_ ABSL_GUARDED_BY(mutex_);
  // Last, so that its callbacks end before the rest is gone.
  CatalogClient catalog_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_REVISION_WAITS_H_
