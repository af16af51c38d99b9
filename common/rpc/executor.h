#ifndef COMMON_RPC_EXECUTOR_H_
#define COMMON_RPC_EXECUTOR_H_

#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace toolcatalog {

// A fixed number of threads that run tasks from one bounded queue, for work that may block. Thread-safe. The destructor
// runs what is queued, then joins. What a task throws is logged, and its thread goes on.
class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;

  Executor(int threads, size_t max_queued);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Whether the task was taken; false when the queue is full or the executor is being destroyed.
  bool TrySchedule(Task task);

 private:
  void Run();

  const size_t max_queued_;
  absl::Mutex mutex_;
  std::deque<Task> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_EXECUTOR_H_
