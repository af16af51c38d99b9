#ifndef COMMON_JOINING_THREAD_H_
#define COMMON_JOINING_THREAD_H_

#include <atomic>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace toolcatalog {

// A thread that its owner joins, from whatever thread the owner is stopped. Thread-safe.
class JoiningThread {
 public:
  JoiningThread() = default;
  // Joins. Must not run on the thread itself.
  ~JoiningThread() { Join(); }
  JoiningThread(const JoiningThread&) = delete;
  JoiningThread& operator=(const JoiningThread&) = delete;

  // Starts the thread; call once.
  void Start(std::function<void()> run);
  // Waits until the thread has ended; returns at once if it was not started. Any number of threads may wait. The thread
  // itself must not wait for its own end: for it this method does nothing.
  void Join();

 private:
  std::atomic<std::thread::id> id_{};
  absl::Mutex mutex_;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // COMMON_JOINING_THREAD_H_
