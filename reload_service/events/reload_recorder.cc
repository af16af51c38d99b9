#include "reload_service/events/reload_recorder.h"

#include <utility>

#include "common/guarded.h"
#include "common/log.h"
#include "common/steady_time.h"
#include "common/timestamps.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {
namespace {

// Bounds of what waits for handlers: beyond them, reloads pass all handlers by,
constexpr size_t kMaxBatches = 1000;
constexpr size_t kMaxBytes = 16 << 20;
// and after so long those that are slow.
constexpr absl::Duration kMaxWait = absl::Milliseconds(500);

size_t SizeOf(const ReloadBatch& batch) {
  size_t bytes = 0;
  if (const auto* snapshot = std::get_if<CatalogSnapshot>(&batch)) {
    for (const CatalogSnapshot::Version& version : snapshot->versions) bytes += version.definition.size();
  } else if (const auto* write = std::get_if<CatalogWrite>(&batch)) {
    for (const v1::Change& change : write->changes) bytes += change.ByteSizeLong();
  } else if (const auto& tool = std::get<FetchedTool>(batch).tool; tool.has_value()) {
    bytes = tool->ByteSizeLong();
  }
  return bytes;
}

}  // namespace

ReloadRecorder::ReloadRecorder(HandlerRegistry* handlers, ReloadHistory* history, Clock clock)
    : handlers_(handlers), history_(history), clock_(std::move(clock)), thread_([this] { Run(); }) {}

ReloadRecorder::~ReloadRecorder() {
  handlers_->Stop();
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void ReloadRecorder::Add(std::shared_ptr<const ReloadBatch> batch, std::vector<PendingEvent> events) {
  if (handlers_->empty()) batch = nullptr;
  if (batch == nullptr && events.empty()) return;
  Work work{std::move(batch), 0, false, SteadyTime::Now(), std::move(events)};
  if (work.batch != nullptr) work.bytes = SizeOf(*work.batch);
  std::shared_ptr<const ReloadBatch> dropped;
  absl::MutexLock lock(&mutex_);
  if (work.batch != nullptr && batches_ > 0 && (batches_ >= kMaxBatches || bytes_ + work.bytes > kMaxBytes)) {
    work.skipped = true;
    work.bytes = 0;
    dropped = std::move(work.batch);
  }
  if (work.batch != nullptr) ++batches_;
  bytes_ += work.bytes;
  queue_.push_back(std::move(work));
}

void ReloadRecorder::Fail(const std::vector<ReloadWaiter>& waiters, const absl::Status& status, int64_t revision) {
  AnswerReads(waiters, status, nullptr, revision);
  Add(nullptr, MakeEvents(waiters, status, nullptr, revision));
}

bool ReloadRecorder::Flush(SteadyTime deadline) {
  absl::MutexLock lock(&mutex_);
  const auto idle = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return queue_.empty() && !busy_; };
  return idle_.AwaitUntil(mutex_, absl::Condition(&idle), deadline);
}

void ReloadRecorder::Run() {
  while (true) {
    Work work;
    {
      absl::MutexLock lock(&mutex_);
      busy_ = false;
      if (queue_.empty()) idle_.NotifyAll();
      const auto wanted = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !queue_.empty(); };
      mutex_.Await(absl::Condition(&wanted));
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
      busy_ = true;
      bytes_ -= work.bytes;
      if (work.batch != nullptr) --batches_;
    }
    Guarded("recorder of reloads", [&] { Finish(work); }).IgnoreError();
  }
}

void ReloadRecorder::Finish(Work& work) {
  v1::ReloadEvent unrecorded;
  v1::ReloadEvent* const event = work.events.empty() ? &unrecorded : &work.events.front().event;
  const int before = event->handlers_size();
  RunHandlers(work, event);
  for (size_t i = 1; i < work.events.size(); ++i) CopyOutcomes(*event, before, &work.events[i].event);
  if (unrecorded.has_error()) LogWarning("handlers failed", {{"error", unrecorded.error()}});
  for (PendingEvent& pending : work.events) Record(&pending);
}

void ReloadRecorder::RunHandlers(const Work& work, v1::ReloadEvent* event) {
  if (work.skipped) {
    handlers_->SkipAll(event);
  } else if (work.batch != nullptr) {
    handlers_->Run(work.batch, SteadyTime::Now() - work.added > kMaxWait, event);
  }
}

void ReloadRecorder::Record(PendingEvent* pending) {
  *pending->event.mutable_timestamp() = ToTimestamp(clock_());
  pending->event.set_duration_ms(absl::ToDoubleMilliseconds(SteadyTime::Now() - pending->start));
  const ReloadHistory::Event event = history_->Record(std::move(pending->event));
  // One that throws must not keep the event from the others, who wait for it.
  for (const auto& done : pending->waiters) Guarded("answer of a reload", [&] { done(*event); }).IgnoreError();
}

}  // namespace toolcatalog
