#include "common/joining_thread.h"

#include <utility>

namespace toolcatalog {

void JoiningThread::Start(std::function<void()> run) {
  absl::MutexLock lock(&mutex_);
  thread_ = std::thread([this, run = std::move(run)] {
    id_ = std::this_thread::get_id();
    run();
  });
}

void JoiningThread::Join() {
  // Without the lock, which another thread may hold while it waits for this one.
  if (id_ == std::this_thread::get_id()) return;
  absl::MutexLock lock(&mutex_);
  if (thread_.joinable()) thread_.join();
}

}  // namespace toolcatalog
