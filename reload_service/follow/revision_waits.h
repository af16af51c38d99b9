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

// Calls that wait until the cache has applied a revision. None blocks a thread; at most 10,000 wait at a time. What was
// waited for is done on a thread of its own, so that answers do not hold up whoever applies revisions. Whoever
// waits for more than has been applied makes the catalog be asked for its counter, once for all who come meanwhile: a
// revision above that is refused. If the catalog does not answer, the wait goes on. Thread-safe. The cache must outlive
// it; it must outlive every call that waits.
class RevisionWaits {
 public:
  using Done = std::function<void(const absl::Status&)>;

  RevisionWaits(const ProfileCache* cache, const std::shared_ptr<grpc::Channel>& catalog);

  // Calls `done` once, without a lock held, perhaps at once: OK when the revision has been applied; DEADLINE_EXCEEDED
  // that names what has been; INVALID_ARGUMENT, reason REVISION_UNAVAILABLE, that names `field`, if the catalog has not
  // written it; RESOURCE_EXHAUSTED if too many wait.
  void Await(absl::string_view field, int64_t revision, absl::Time deadline, const Done& done);

  // The cache has applied this revision. Ends the waits for it and those before, soon.
  void NoteApplied(int64_t revision);
  // Ends all waits with this status.
  void Fail(const absl::Status& status);
  // The same with UNAVAILABLE, and from now on every wait ends so. All that were waiting are done when it returns.
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
  // Whether the catalog is being asked, on behalf of the waiters up to which number, and whether others came since.
  bool asking_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t asked_for_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ask_again_ ABSL_GUARDED_BY(mutex_) = false;
  // Serves those whose revision has been applied, all of one revision in one task; null once stopped.
  std::unique_ptr<Executor> executor_ ABSL_GUARDED_BY(mutex_);
  // Last, so that its callbacks end before the rest is gone.
  CatalogClient catalog_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_REVISION_WAITS_H_
