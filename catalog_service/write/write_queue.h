#ifndef CATALOG_SERVICE_WRITE_WRITE_QUEUE_H_
#define CATALOG_SERVICE_WRITE_WRITE_QUEUE_H_

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "catalog_service/write/catalog_writer.h"
#include "common/steady_cond_var.h"

namespace toolcatalog {

// The bounded queue of this process's writes. One thread takes all that wait and commits them together; imports are
// committed alone. Thread-safe. The destructor writes what is queued, then joins.
class WriteQueue {
 public:
  explicit WriteQueue(std::unique_ptr<CatalogWriter> writer);
  ~WriteQueue();

  // Calls `done` exactly once, on the queue's thread. But if the queue is full or stopping, calls `done` before this
  // returns, with RESOURCE_EXHAUSTED or UNAVAILABLE. A write is not executed if it waits past its deadline, or if its
  // caller has gone.
  void Submit(Mutation mutation, absl::Time deadline, std::function<bool()> abandoned,
              absl::AnyInvocable<void(absl::StatusOr<MutationResult>)> done);

  // Refuses all writes that are queued or come later, with UNAVAILABLE. From now on no write is tried twice.
  void Abandon();

  // The same as Submit, waiting for the result.
  absl::StatusOr<MutationResult> Apply(Mutation mutation, absl::Time deadline, std::function<bool()> abandoned);

 private:
  struct Queued {
    PendingWrite write;
    size_t bytes;
  };

  void Run();
  std::vector<PendingWrite> TakeBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string NextId() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::unique_ptr<CatalogWriter> writer_;
  absl::Mutex mutex_;
  // Notified of each write and of the end.
  SteadyCondVar changed_;
  std::deque<Queued> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Ids count up from a random start. So they are unique over all processes, and lie side by side in the index.
  const std::string id_prefix_;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_WRITE_WRITE_QUEUE_H_
