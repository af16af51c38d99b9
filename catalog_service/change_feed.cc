#include "catalog_service/change_feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "catalog_service/watch_encoding.h"
#include "catalog_service/write_sql.h"
#include "common/log.h"

namespace toolcatalog {
namespace {

constexpr size_t kRingEntries = 10000;
constexpr size_t kRingBytes = 32 << 20;
constexpr int kReadWrites = 256;
constexpr absl::Duration kPoll = absl::Seconds(1);
constexpr absl::Duration kRetryPause = absl::Milliseconds(200);

PgConnection::Options ListenOptions(PgConnection::Options options) {
  options.application_name = "toolcatalog-feed";
  return options;
}

}  // namespace

ChangeFeed::ChangeFeed(PgConnection::Options listen, ChangeLog* log, std::function<void(bool reachable)> on_database)
    : listen_(ListenOptions(std::move(listen))),
      log_(*log),
      on_database_(std::move(on_database)),
      thread_([this] { Run(); }) {}

ChangeFeed::~ChangeFeed() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  wake_.Set();
  thread_.join();
}

void ChangeFeed::Subscribe(std::weak_ptr<Listener> listener) {
  absl::MutexLock lock(&mutex_);
  listeners_.push_back(std::move(listener));
}

ChangeFeed::Found ChangeFeed::After(const Position& cursor, size_t max_bytes) {
  absl::MutexLock lock(&mutex_);
  Found found;
  if (!floor_.has_value()) return found;
  const int64_t index = cursor.revision - floor_->revision;
  const int64_t size = static_cast<int64_t>(ring_.size());
  // Beyond the head: the feed is late, or the database was restored. The log knows.
  if (index < 0 || index > size || !(cursor == (index == 0 ? *floor_ : ring_[index - 1]->position))) {
    found.behind = true;
    return found;
  }
  size_t bytes = 0;
  for (int64_t i = index; i < size && (i == index || bytes < max_bytes); ++i) {
    found.entries.push_back(ring_[i]);
    bytes += ring_[i]->bytes;
  }
  if (found.entries.empty()) found.proof = reads_;
  return found;
}

absl::Status ChangeFeed::Connect() {
  if (connection_ != nullptr && !connection_->broken()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<PgConnection>> made = PgConnection::Connect(listen_);
  if (!made.ok()) return made.status();
  connection_ = *std::move(made);
  // Committed before the next log read, so nothing falls between.
  absl::Status listening = connection_->ExecuteScript(absl::StrCat("listen ", kNotifyChannel));
  if (!listening.ok()) connection_.reset();
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
  absl::StatusOr<ChangeLog::Portion> portion = log_.After(*head_, kReadWrites);
  if (absl::IsOutOfRange(portion.status())) {
    LogWarning("the history has changed; dropping the ring", {{"reason", portion.status().message()}});
    head_.reset();
    absl::MutexLock lock(&mutex_);
    floor_.reset();
    ring_.clear();
    ring_bytes_ = 0;
  }
  if (!portion.ok()) return portion.status();
  Append(portion->writes);
  return portion->more;
}

void ChangeFeed::Append(const std::vector<LoggedWrite>& writes) {
  std::vector<std::shared_ptr<const Entry>> entries;
  for (const LoggedWrite& write : writes) {
    auto entry = std::make_shared<Entry>();
    entry->position = write.position;
    entry->messages = EncodeWrite(write);
    for (const std::string& message : entry->messages) entry->bytes += message.size();
    entries.push_back(std::move(entry));
  }
  if (!entries.empty()) head_ = entries.back()->position;
  absl::MutexLock lock(&mutex_);
  ++reads_;
  for (auto& entry : entries) {
    ring_bytes_ += entry->bytes;
    ring_.push_back(std::move(entry));
  }
  while (ring_.size() > kRingEntries || (ring_bytes_ > kRingBytes && ring_.size() > 1)) {
    floor_ = ring_.front()->position;
    ring_bytes_ -= ring_.front()->bytes;
    ring_.pop_front();
  }
}

void ChangeFeed::Notify() {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    absl::MutexLock lock(&mutex_);
    auto gone = std::remove_if(listeners_.begin(), listeners_.end(), [&](const std::weak_ptr<Listener>& weak) {
      std::shared_ptr<Listener> listener = weak.lock();
      if (listener == nullptr) return true;
      listeners.push_back(std::move(listener));
      return false;
    });
    listeners_.erase(gone, listeners_.end());
  }
  for (const auto& listener : listeners) listener->OnFeed();
}

void ChangeFeed::TellReachable(bool reachable) {
  if (reachable_ == reachable) return;
  reachable_ = reachable;
  on_database_(reachable);
}

void ChangeFeed::Run() {
  while (true) {
    absl::StatusOr<bool> more = ReadOn();
    TellReachable(more.ok() || absl::IsOutOfRange(more.status()));
    // Also when the read failed: streams watch their own time limits.
    Notify();
    {
      absl::MutexLock lock(&mutex_);
      const auto stopping = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_; };
      if (!more.ok()) mutex_.AwaitWithTimeout(absl::Condition(&stopping), kRetryPause);
      if (stopping_) return;
    }
    if (more.ok() && !*more) connection_->AwaitNotification(wake_.fd(), kPoll).status().IgnoreError();
  }
}

}  // namespace toolcatalog
