#include "catalog_service/changes/change_feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/notify_channel.h"
#include "common/guarded.h"
#include "common/log.h"
#include "common/status.h"
#include "common/steady_time.h"

// How streams learn of writes.
//
// One thread reads the log from `head_` on, appends what it finds to the ring, calls the subscribers, and then waits
// for a notification of PostgreSQL or the end of a short pause. LISTEN is committed before the first read, so no write
// falls between the two.
//
// - The ring holds consecutive revisions: `floor_` is the position before its first entry. A cursor whose
//   revision is not in the ring, or has another state hash there, is told to read the log instead.
// - The ring is dropped when the log says that the history has changed, or when a step has thrown.
// - Only the thread uses `head_` and `connection_`. `mutex_` guards the ring and the subscriptions. Subscribers are
//   called without it, because they take their own locks and then ask the ring: stream's lock before the feed's.

namespace toolcatalog {
namespace {

constexpr size_t kRingEntries = 10000;
constexpr size_t kRingBytes = 16 << 20;
constexpr int kReadWrites = 256;
constexpr absl::Duration kPoll = absl::Seconds(1);
constexpr absl::Duration kRetryPause = absl::Milliseconds(200);

PgConnection::Options ListenOptions(PgConnection::Options options) {
  options.application_name = "toolcatalog-feed";
  return options;
}

std::shared_ptr<const ChangeFeed::Entry> MakeEntry(LoggedWrite write) {
  auto entry = std::make_shared<ChangeFeed::Entry>();
  std::vector<absl::string_view> changes;
  for (LoggedChange& change : write.changes) {
    changes.push_back(change.encoded);
    entry->bytes += change.facts.name_key.size();
    for (const std::string& state : change.facts.states) entry->bytes += state.size();
    entry->facts.push_back(std::move(change.facts));
  }
  entry->encoded = EncodeWrite(write.position, changes);
  for (const std::string& piece : entry->encoded.pieces) entry->bytes += piece.size();
  return entry;
}

}  // namespace

ChangeFeed::ChangeFeed(PgConnection::Options listen, ChangeLog* log, ConnectionPrecedence* precedence)
    : log_(*log), connection_(ListenOptions(std::move(listen)), precedence) {}

ChangeFeed::~ChangeFeed() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    stopped_.NotifyAll();
  }
  wake_.Set();
  if (thread_.joinable()) thread_.join();
}

void ChangeFeed::Start(std::function<void(bool reachable)> on_database) {
  on_database_ = std::move(on_database);
  // Here, so that what the caller starts next cannot take the database's last connection. If it fails, the thread
  // tries again.
  Guarded("change feed", [this] { return Connect(); }).IgnoreError();
  thread_ = std::thread([this] { Run(); });
}

void ChangeFeed::Subscribe(std::weak_ptr<Listener> listener, absl::Duration interval) {
  {
    absl::MutexLock lock(&mutex_);
    subscriptions_.push_back({std::move(listener), interval});
  }
  if (interval / 2 < kPoll) wake_.Set();
}

ChangeFeed::Found ChangeFeed::After(const Position& cursor, size_t max_bytes) {
  absl::MutexLock lock(&mutex_);
  Found found;
  if (!floor_.has_value()) return found;
  const int64_t index = cursor.revision - floor_->revision;
  const int64_t size = static_cast<int64_t>(ring_.size());
  // Beyond the head: the feed is late, or the database was restored. The log knows.
  if (index < 0 || index > size || !(cursor == (index == 0 ? *floor_ : ring_[index - 1]->encoded.position))) {
    found.behind = true;
    return found;
  }
  size_t bytes = 0;
  for (int64_t i = index; i < size; ++i) {
    bytes += ring_[i]->bytes;
    if (i > index && bytes > max_bytes) break;
    found.entries.push_back(ring_[i]);
  }
  if (found.entries.empty()) found.proof = reads_;
  return found;
}

absl::Status ChangeFeed::Connect() {
  if (connection_.is_usable()) return absl::OkStatus();
  if (absl::Status status = connection_.Ensure(); !status.ok()) return status;
  // Committed before the next log read, so nothing falls between.
  absl::Status listening = connection_->ExecuteScript(absl::StrCat("listen ", kNotifyChannel));
  if (!listening.ok()) connection_.Reset();
  return listening;
}

absl::StatusOr<bool> ChangeFeed::ReadOn() {
  if (absl::Status status = Connect(); !status.ok()) return status;
  if (!head_.has_value()) {
    absl::StatusOr<Position> current = log_.Current();
    if (!current.ok()) return current.status();
    head_ = *current;
    absl::MutexLock lock(&mutex_);
    floor_ = head_;
  }
  absl::StatusOr<ChangeLog::Portion> portion = log_.After(*head_, kReadWrites, ChangeLog::Previous::kLeaveOut);
  if (absl::IsOutOfRange(portion.status())) {
    LogWarning("the history has changed; dropping the ring", {{"reason", portion.status().message()}});
    DropRing();
  }
  if (!portion.ok()) return portion.status();
  Append(std::move(portion->writes));
  return portion->more;
}

absl::StatusOr<bool> ChangeFeed::TryReadOn() {
  absl::StatusOr<bool> more = Guarded("change feed", [this] { return ReadOn(); });
  if (!HasReason(more.status(), Reason::kInternalError)) return more;
  // What was thrown may have left a gap in the ring, or a connection that has not run LISTEN.
  DropRing();
  connection_.Reset();
  return more;
}

void ChangeFeed::DropRing() {
  head_.reset();
  absl::MutexLock lock(&mutex_);
  floor_.reset();
  ring_.clear();
  ring_bytes_ = 0;
}

void ChangeFeed::Append(std::vector<LoggedWrite> writes) {
  std::vector<std::shared_ptr<const Entry>> entries;
  for (LoggedWrite& write : writes) entries.push_back(MakeEntry(std::move(write)));
  if (!entries.empty()) head_ = entries.back()->encoded.position;
  absl::MutexLock lock(&mutex_);
  ++reads_;
  for (auto& entry : entries) {
    ring_bytes_ += entry->bytes;
    ring_.push_back(std::move(entry));
  }
  while (ring_.size() > kRingEntries || (ring_bytes_ > kRingBytes && ring_.size() > 1)) {
    floor_ = ring_.front()->encoded.position;
    ring_bytes_ -= ring_.front()->bytes;
    ring_.pop_front();
  }
}

void ChangeFeed::Notify() {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    absl::MutexLock lock(&mutex_);
    auto gone = std::remove_if(subscriptions_.begin(), subscriptions_.end(), [&](const Subscription& subscription) {
      std::shared_ptr<Listener> listener = subscription.listener.lock();
      if (listener == nullptr) return true;
      listeners.push_back(std::move(listener));
      return false;
    });
    subscriptions_.erase(gone, subscriptions_.end());
  }
  // One that throws must not keep the feed from the others.
  for (const auto& listener : listeners) Guarded("change feed", [&] { listener->OnFeed(); }).IgnoreError();
}

absl::Duration ChangeFeed::Pause() {
  absl::MutexLock lock(&mutex_);
  absl::Duration pause = kPoll;
  for (const Subscription& subscription : subscriptions_) pause = std::min(pause, subscription.interval / 2);
  return pause;
}

void ChangeFeed::TellReachable(bool reachable) {
  if (reachable_ == reachable) return;
  on_database_(reachable);
  reachable_ = reachable;
}

void ChangeFeed::Run() {
  while (true) {
    absl::StatusOr<bool> more = TryReadOn();
    Guarded("change feed", [&] { TellReachable(more.ok() || absl::IsOutOfRange(more.status())); }).IgnoreError();
    // Also when the read failed: streams watch their own time limits.
    Notify();
    {
      absl::MutexLock lock(&mutex_);
      const auto stopping = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_; };
      if (!more.ok()) stopped_.AwaitUntil(mutex_, absl::Condition(&stopping), SteadyTime::Now() + kRetryPause);
      if (stopping_) return;
    }
    if (more.ok() && !*more) {
      connection_->AwaitNotification(wake_.fd(), Pause()).status().IgnoreError();
      wake_.Clear();
    }
  }
}

}  // namespace toolcatalog
