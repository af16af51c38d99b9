#include "reload_service/events/handler_registry.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/steady_cond_var.h"
#include "common/steady_time.h"
#include "common/text.h"
#include "reload_service/events/reload_events.h"

namespace toolcatalog {
namespace {

// How long all handlers together are waited for at the end.
constexpr absl::Duration kFarewell = absl::Milliseconds(300);
// A handler whose last call took longer is passed by while reloads wait.
constexpr absl::Duration kSlow = absl::Milliseconds(50);
constexpr absl::Duration kMaxTimeLimit = absl::Seconds(5);

absl::Status CallHandler(const ReloadHandler& handler, const std::shared_ptr<const Reload>& reload) {
  try {
    return handler(reload);
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  } catch (...) {
    return absl::InternalError("unknown exception");
  }
}

}  // namespace

// One handler and its thread, which share this object: whoever ends last releases it.
class HandlerRegistry::Worker {
 public:
  Worker(std::string name, ReloadHandler handler, absl::Duration time_limit)
      : name_(std::move(name)), handler_(std::move(handler)), time_limit_(time_limit) {}

  static void Start(const std::shared_ptr<Worker>& worker) {
    std::thread([worker] { worker->Loop(); }).detach();
  }

  const std::string& name() const { return name_; }

  // Has the handler called, and waits for it as long as it may take.
  absl::Status Run(const std::shared_ptr<const ReloadBatch>& batch, const v1::ReloadEvent& event) {
    absl::MutexLock lock(&mutex_);
    if (stopping_ || job_ != nullptr) {
      ++missed_;
      return absl::UnavailableError(stopping_ ? "the service is stopping" : "still busy with an earlier reload");
    }
    job_ = std::make_shared<const Reload>(Reload{batch, event, std::exchange(missed_, 0)});
    const auto ended = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return job_ == nullptr || stopping_; };
    const SteadyTime start = SteadyTime::Now();
    changed_.AwaitUntil(mutex_, absl::Condition(&ended), start + time_limit_);
    slow_ = SteadyTime::Now() - start > kSlow;
    if (job_ == nullptr) return status_;
    if (stopping_) return absl::UnavailableError("the service is stopping");
    return absl::DeadlineExceededError(
        absl::StrCat("exceeded its time limit of ", absl::FormatDuration(time_limit_), "; it goes on alone"));
  }

  void Skip() {
    absl::MutexLock lock(&mutex_);
    ++missed_;
  }

  bool slow() const {
    absl::MutexLock lock(&mutex_);
    return slow_;
  }

  absl::Duration time_limit() const { return time_limit_; }

  void Stop() {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }

  void AwaitEnd(SteadyTime deadline) {
    absl::MutexLock lock(&mutex_);
    changed_.AwaitUntil(mutex_, absl::Condition(&ended_), deadline);
  }

 private:
  void Loop() {
    while (true) {
      std::shared_ptr<const Reload> job;
      {
        absl::MutexLock lock(&mutex_);
        const auto wanted = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || job_ != nullptr; };
        mutex_.Await(absl::Condition(&wanted));
        if (stopping_) break;
        job = job_;
      }
      absl::Status status = CallHandler(handler_, job);
      job.reset();
      absl::MutexLock lock(&mutex_);
      status_ = std::move(status);
      job_ = nullptr;
      changed_.NotifyAll();
    }
    // What the handler holds goes before the owner may.
    handler_ = nullptr;
    absl::MutexLock lock(&mutex_);
    ended_ = true;
    changed_.NotifyAll();
  }

  const std::string name_;
  // Only the worker's thread uses it.
  ReloadHandler handler_;
  const absl::Duration time_limit_;
  mutable absl::Mutex mutex_;
  // Notified of the end of a call, and of the worker.
  SteadyCondVar changed_;
  // The reload that the handler is called with; null = it is idle.
  std::shared_ptr<const Reload> job_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  int64_t missed_ ABSL_GUARDED_BY(mutex_) = 0;
  bool slow_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

HandlerRegistry::~HandlerRegistry() { Stop(); }

absl::Status HandlerRegistry::Register(std::string name, ReloadHandler handler, absl::Duration time_limit) {
  if (name.empty()) return absl::InvalidArgumentError("name: must not be empty");
  if (handler == nullptr) return absl::InvalidArgumentError(absl::StrCat("handler ", Quoted(name), ": must be given"));
  if (time_limit <= absl::ZeroDuration() || time_limit > kMaxTimeLimit) {
    return absl::InvalidArgumentError(
        absl::StrCat("handler ", Quoted(name), ": time limit must be positive and at most ",
                     absl::FormatDuration(kMaxTimeLimit), ", got ", absl::FormatDuration(time_limit)));
  }
  absl::MutexLock lock(&mutex_);
  if (stopped_) return absl::UnavailableError("the service is stopping");
  const auto same = [&name](const auto& worker) { return worker->name() == name; };
  if (name == kCacheHandler || std::any_of(workers_.begin(), workers_.end(), same)) {
    return absl::AlreadyExistsError(absl::StrCat("handler ", Quoted(name), " exists already"));
  }
  workers_.push_back(std::make_shared<Worker>(std::move(name), std::move(handler), time_limit));
  Worker::Start(workers_.back());
  return absl::OkStatus();
}

bool HandlerRegistry::empty() const {
  absl::MutexLock lock(&mutex_);
  return workers_.empty();
}

void HandlerRegistry::Run(const std::shared_ptr<const ReloadBatch>& batch, bool late, v1::ReloadEvent* event) {
  for (const auto& worker : workers()) {
    if (late && worker->slow()) {
      Skip(*worker, event);
      continue;
    }
    const SteadyTime start = SteadyTime::Now();
    const absl::Status status = worker->Run(batch, *event);
    const absl::Duration limit = worker->time_limit();
    AddOutcome(worker->name(), status, std::min(SteadyTime::Now() - start, limit), event);
  }
}

void HandlerRegistry::SkipAll(v1::ReloadEvent* event) {
  for (const auto& worker : workers()) Skip(*worker, event);
}

void HandlerRegistry::Skip(Worker& worker, v1::ReloadEvent* event) {
  worker.Skip();
  AddOutcome(worker.name(), absl::ResourceExhaustedError("skipped: too many reloads are waiting for handlers"),
             absl::ZeroDuration(), event);
}

void HandlerRegistry::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(stopped_, true)) return;
  }
  const SteadyTime deadline = SteadyTime::Now() + kFarewell;
  for (const auto& worker : workers()) worker->Stop();
  for (const auto& worker : workers()) worker->AwaitEnd(deadline);
}

std::vector<std::shared_ptr<HandlerRegistry::Worker>> HandlerRegistry::workers() const {
  absl::MutexLock lock(&mutex_);
  return workers_;
}

}  // namespace toolcatalog
