#ifndef COMMON_RPC_EXECUTOR_H_
#define COMMON_RPC_EXECUTOR_H_

#include <cstddef>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace toolcatalog {

// A fixed number of threads that run queued tasks, for work that may block. Tasks that wait have one bound together.
// Sources take turns, so that one with thousands of tasks does not hold up another with one; each may have as many
// waiting as a third of the places that are free. Thread-safe. The destructor runs what is queued, then joins. What a
// task throws is logged, and its thread goes on.
class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;

  Executor(int threads, size_t max_queued);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Whether the task was taken; false when there is no place for it or the executor is being destroyed. `source` is on
  // whose behalf it runs, such as a connection; "" = the process itself, which has a right to all places.
  bool TrySchedule(Task task, absl::string_view source = "");

 private:
  using Queues = absl::node_hash_map<std::string, std::deque<Task>>;

  bool HasPlace(absl::string_view source) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Task TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();

  const size_t max_queued_;
  absl::Mutex mutex_;
  // Of each source that has any.
  Queues queues_ ABSL_GUARDED_BY(mutex_);
  // The same in the order of their turns.
  std::deque<Queues::value_type*> turns_ ABSL_GUARDED_BY(mutex_);
  size_t queued_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_EXECUTOR_H_
