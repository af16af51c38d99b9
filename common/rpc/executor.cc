#include "common/rpc/executor.h"

#include <algorithm>
#include <utility>

#include "common/guarded.h"

namespace toolcatalog {
namespace {

// A source may have so many waiting in any case.
constexpr size_t kFewTasks = 4;

}  // namespace

Executor::Executor(int threads, size_t max_queued) : max_queued_(max_queued) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

Executor::~Executor() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

bool Executor::HasPlace(absl::string_view source) const {
  if (stopping_ || queued_ >= max_queued_) return false;
  const auto found = queues_.find(source);
  if (source.empty() || found == queues_.end()) return true;
  return found->second.size() < std::max(kFewTasks, (max_queued_ - queued_) / 3);
}

bool Executor::TrySchedule(Task task, absl::string_view source) {
  absl::MutexLock lock(&mutex_);
  if (!HasPlace(source)) return false;
  const auto queue = queues_.try_emplace(source).first;
  if (queue->second.empty()) turns_.push_back(&*queue);
  queue->second.push_back(std::move(task));
  ++queued_;
  return true;
}

Executor::Task Executor::TakeNext() {
  Queues::value_type* queue = turns_.front();
  turns_.pop_front();
  Task task = std::move(queue->second.front());
  queue->second.pop_front();
  --queued_;
  if (queue->second.empty()) {
    queues_.erase(queue->first);
  } else {
    turns_.push_back(queue);
  }
  return task;
}

void Executor::Run() {
  const auto called = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || queued_ > 0; };
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&called));
      if (queued_ == 0) return;
      task = TakeNext();
    }
    // The last net: who scheduled the task answers for what it throws, but a slip there must not end the process.
    Guarded("executor", task).IgnoreError();
  }
}

}  // namespace toolcatalog
