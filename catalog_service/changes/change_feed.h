#ifndef CATALOG_SERVICE_CHANGES_CHANGE_FEED_H_
#define CATALOG_SERVICE_CHANGES_CHANGE_FEED_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/changes/watch_encoding.h"
#include "catalog_service/postgres/connection_precedence.h"
#include "catalog_service/postgres/kept_connection.h"
#include "catalog_service/postgres/postgres.h"
#include "common/steady_cond_var.h"
#include "common/wake.h"

namespace toolcatalog {

// Follows the log on one connection and keeps the newest writes, encoded, in a bounded ring that all streams share. The
// database's notifications wake the feed. A poll every second makes up for a notification that was lost, and proves
// that the feed's position is still in the log. Thread-safe.
class ChangeFeed {
 public:
  // A write as it goes to the streams.
  struct Entry {
    EncodedWrite encoded;
    // What filters judge each change by.
    std::vector<ChangeFacts> facts;
    size_t bytes = 0;
  };

  class Listener {
   public:
    virtual ~Listener() = default;
    // Called after each read of the log, with no lock held: about every second, or as often as a listener asked for.
    virtual void OnFeed() = 0;
  };

  // `listen` is used for a connection of its own. `log` and `precedence` must outlive this; `precedence` may be null.
  ChangeFeed(PgConnection::Options listen, ChangeLog* log, ConnectionPrecedence* precedence = nullptr);
  ~ChangeFeed();

  // Begins to follow the log; call once. `on_database` is called on the feed's thread when the database is reached
  // first, and whenever that changes. What it uses must outlive this.
  void Start(std::function<void(bool reachable)> on_database);

  // Calls the listener until it is gone. The log is read, and all listeners are called, at least twice in each
  // `interval`.
  void Subscribe(std::weak_ptr<Listener> listener, absl::Duration interval);

  // What a cursor finds.
  struct Found {
    // The ring does not reach back to the cursor, or knows another history: read the log.
    bool behind = false;
    // The next writes.
    std::vector<std::shared_ptr<const Entry>> entries;
    // If the cursor is at the newest write, the number of log reads that have proved it so far; otherwise 0.
    uint64_t proof = 0;
  };
  // The entries after the cursor that have at most `max_bytes` together; one at least, if there is any.
  Found After(const Position& cursor, size_t max_bytes);

 private:
  struct Subscription {
    std::weak_ptr<Listener> listener;
    absl::Duration interval;
  };

  void Run();
  absl::Status Connect();
  // Reads on from the head; true if the log may already have more.
  absl::StatusOr<bool> ReadOn();
  // `ReadOn`, or INTERNAL if that throws; all is then read anew.
  absl::StatusOr<bool> TryReadOn();
  void DropRing();
  void Append(std::vector<LoggedWrite> writes);
  void Notify();
  // How long to wait for a notification before the log is read without one.
  absl::Duration Pause();
  void TellReachable(bool reachable);

  ChangeLog& log_;
  // Ends the thread's wait, when it shall wait for less time or stop.
  Wake wake_;
  // Used by the thread alone.
  KeptConnection connection_;
  std::optional<Position> head_;
  std::optional<bool> reachable_;
  std::function<void(bool reachable)> on_database_;

  absl::Mutex mutex_;
  SteadyCondVar stopped_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Position before the first entry; entries follow it without a gap.
  std::optional<Position> floor_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<const Entry>> ring_ ABSL_GUARDED_BY(mutex_);
  size_t ring_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t reads_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Subscription> subscriptions_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_CHANGE_FEED_H_
