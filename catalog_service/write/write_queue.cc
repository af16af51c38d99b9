#include "catalog_service/write/write_queue.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/random/random.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/guarded.h"
#include "common/status.h"
#include "common/steady_time.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxQueued = 4096;
constexpr size_t kMaxQueuedBytes = 128 << 20;
// Bounds the time that other processes wait for the lock, and the definitions that a batch reads and writes: up to four
// for a write, of 256 KiB each.
constexpr size_t kMaxBatch = 64;
constexpr size_t kMaxBatchBytes = 4 << 20;
// How often a writer that has nothing to write makes sure of its connection.
constexpr absl::Duration kConnectionCheck = absl::Seconds(1);
// A caller that sets no deadline still gets an answer.
constexpr absl::Duration kDefaultDeadline = absl::Seconds(60);

// Eight bytes, most significant first.
std::string BytesOf(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

// Need not be secret, and cannot fail.
std::string RandomBytes() {
  absl::BitGen random;
  return BytesOf(absl::Uniform<uint64_t>(random));
}

bool IsImport(const PendingWrite& write) { return std::holds_alternative<ImportMutation>(write.mutation.action); }

absl::Status ShuttingDown() { return MakeError(Reason::kShuttingDown, "the server is shutting down"); }

// About what the mutation holds in memory.
size_t SizeOf(const Mutation& mutation) {
  size_t bytes = 500;
  if (auto* create = std::get_if<CreateMutation>(&mutation.action)) bytes += create->tool.ByteSizeLong();
  if (auto* update = std::get_if<UpdateMutation>(&mutation.action)) bytes += update->values.ByteSizeLong();
  if (auto* rollback = std::get_if<RollbackMutation>(&mutation.action)) {
    for (const auto& [version_key, version] : rollback->target.versions) bytes += version.body.value_or("").size();
  }
  if (auto* import = std::get_if<ImportMutation>(&mutation.action)) {
    for (const v1::Tool& tool : import->tools) bytes += tool.ByteSizeLong();
  }
  return bytes;
}

}  // namespace

WriteQueue::WriteQueue(std::unique_ptr<CatalogWriter> writer)
    : writer_(std::move(writer)), id_prefix_(RandomBytes()), thread_([this] { Run(); }) {}

WriteQueue::~WriteQueue() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  writer_->StopRetrying();
  thread_.join();
}

void WriteQueue::Abandon() {
  std::deque<Queued> refused;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyAll();
    refused.swap(queue_);
  }
  writer_->StopRetrying();
  for (Queued& queued : refused) {
    queued.write.done(NotExecuted(ShuttingDown()));
  }
}

std::string WriteQueue::NextId() { return id_prefix_ + BytesOf(next_id_++); }

void WriteQueue::Submit(Mutation mutation, absl::Time deadline, std::function<bool()> abandoned,
                        absl::AnyInvocable<void(absl::StatusOr<MutationResult>)> done) {
  const size_t bytes = SizeOf(mutation);
  const SteadyTime give_up = SteadyTime::Now() + std::min(deadline - absl::Now(), kDefaultDeadline);
  absl::Status refusal = MakeError(Reason::kQueueFull, "too many writes are waiting; try again later");
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      refusal = ShuttingDown();
    } else if (queue_.size() < kMaxQueued && queued_bytes_ + bytes <= kMaxQueuedBytes) {
      queued_bytes_ += bytes;
      queue_.push_back({{std::move(mutation), NextId(), give_up, std::move(abandoned), std::move(done)}, bytes});
      changed_.NotifyAll();
      return;
    }
  }
  done(NotExecuted(std::move(refusal)));
}

absl::StatusOr<MutationResult> WriteQueue::Apply(Mutation mutation, absl::Time deadline,
                                                 std::function<bool()> abandoned) {
  absl::Notification finished;
  absl::StatusOr<MutationResult> outcome;
  Submit(std::move(mutation), deadline, std::move(abandoned), [&](absl::StatusOr<MutationResult> result) {
    outcome = std::move(result);
    finished.Notify();
  });
  finished.WaitForNotification();
  return outcome;
}

std::vector<PendingWrite> WriteQueue::TakeBatch() {
  std::vector<PendingWrite> batch;
  size_t bytes = 0;
  while (!queue_.empty() && batch.size() < kMaxBatch) {
    const bool alone = IsImport(queue_.front().write);
    if (!batch.empty() && (alone || bytes + queue_.front().bytes > kMaxBatchBytes)) break;
    bytes += queue_.front().bytes;
    queued_bytes_ -= queue_.front().bytes;
    batch.push_back(std::move(queue_.front().write));
    queue_.pop_front();
    if (alone) break;
  }
  return batch;
}

void WriteQueue::Run() {
  while (true) {
    std::vector<PendingWrite> batch;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !queue_.empty(); };
      changed_.AwaitUntil(mutex_, absl::Condition(&ready), SteadyTime::Now() + kConnectionCheck);
      if (queue_.empty() && stopping_) return;
      batch = TakeBatch();
    }
    if (batch.empty()) {
      Guarded("write queue", [&] { return writer_->Connect(); }).IgnoreError();
      continue;
    }
    // The last net: the writer itself answers for what throws, but later writes must find a thread in any case.
    Guarded("write queue", [&] { writer_->Commit(std::move(batch)); }).IgnoreError();
  }
}

}  // namespace toolcatalog
