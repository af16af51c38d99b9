#ifndef RELOAD_SERVICE_FOLLOW_REPLICA_WAITS_H_
#define RELOAD_SERVICE_FOLLOW_REPLICA_WAITS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_client.h"
#include "common/joining_thread.h"
#include "common/rpc/bounded_wait.h"
#include "common/steady_cond_var.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Calls that wait until all replicas that the catalog knows as running have applied a revision. While some wait, one
// thread asks the catalog again and again for all of them; at most 10,000 wait at a time. Thread-safe. It must outlive
// every call that waits.
class ReplicaWaits {
 public:
  using Done = std::function<void(const absl::StatusOr<v1::WaitForRevisionResponse>&)>;

  explicit ReplicaWaits(const std::shared_ptr<grpc::Channel>& catalog);
  // Stops.
  ~ReplicaWaits();

  // Calls `done` once, without a lock held: with the answer; DEADLINE_EXCEEDED that names replicas that are behind, or
  // why the catalog could not tell; RESOURCE_EXHAUSTED if too many wait.
  void Await(int64_t revision, absl::Time deadline, const Done& done);
  // Ends all waits with UNAVAILABLE, and joins the thread. From then on every wait ends so.
  void Stop();

 private:
  struct Waiter {
    int64_t revision = 0;
    Done done;
    std::shared_ptr<BoundedWait> wait;
  };
  using Answer = absl::StatusOr<v1::ListReplicasResponse>;

  absl::Status Add(int64_t revision, absl::Time deadline, Done done);
  void Expire(int64_t number, int64_t revision, const Done& done);
  void Run();
  // False when there is nobody left to wait for and never will be.
  bool AwaitWaiters();
  Answer AskCatalog();
  void Settle(Answer answer);

  CatalogClient catalog_;
  absl::Mutex mutex_;
  SteadyCondVar stopped_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::btree_map<int64_t, Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  int64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  Answer last_answer_ ABSL_GUARDED_BY(mutex_) = absl::UnavailableError("the catalog has not answered yet");
  JoiningThread thread_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_REPLICA_WAITS_H_
