#ifndef CLIENTS_CPP_CATALOG_WATCHER_H_
#define CLIENTS_CPP_CATALOG_WATCHER_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/joining_thread.h"
#include "common/steady_cond_var.h"
#include "common/steady_time.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// A point in the catalog's history: the state after the write with this revision.
struct CatalogPosition {
  // 0 before the first write.
  int64_t revision = 0;
  // Hash of all versions at that revision, as the catalog sent it.
  std::string state_hash;
};

// All versions of all tools at one position.
struct CatalogSnapshot {
  // A version of a tool. Its definition stays serialized, because those of a whole catalog would take many times the
  // memory if they were decoded at once.
  struct Version {
    // In its own spelling, as is `version`.
    std::string tool_name;
    std::string version;
    bool is_latest = false;
    // Lower-case hex.
    std::string content_hash;
    // A serialized v1.Tool.
    std::string definition;
  };

  // Adds a part as the catalog sends it; it must have one content hash for each tool.
  void Add(const v1::Snapshot& part);

  // In the order in which they came.
  std::vector<Version> versions;
  CatalogPosition position;
  // The catalog could not continue from the watcher's former position. The revisions that the observer has seen may
  // belong to another history.
  bool history_lost = false;
  // The highest number given to `Resync` that this snapshot answers; 0 = none.
  int64_t resync = 0;
  // When the stream was opened, on the steady clock: what happened before has been answered.
  SteadyTime started;
  // When the last part arrived.
  absl::Time received;
  // With `history_lost`: how the catalog refused to continue.
  absl::Status refusal;
};

// All changes of one write.
struct CatalogWrite {
  std::vector<v1::Change> changes;
  CatalogPosition position;
  // When the message with the last of the changes arrived.
  absl::Time received;
};

// Follows the catalog on a thread of its own: a snapshot first, then every write, in the order of revisions. When a
// stream ends, the watcher waits for a moment, longer after each failure, and opens another one from the last position
// that the observer took. Thread-safe. The observer must outlive the watcher.
class CatalogWatcher {
 public:
  // What the catalog's content is handed to, on the watcher's thread, one call at a time. A method that returns true
  // has taken its position. A method that returns false, or throws, ends the stream; the next stream brings the same
  // again.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual bool OnSnapshot(CatalogSnapshot snapshot) = 0;
    virtual bool OnWrite(CatalogWrite write) = 0;
    // Everything up to `position` was delivered before. Shows that the catalog is alive when it has nothing to send.
    virtual bool OnBookmark(const CatalogPosition& position) = 0;
    // A stream could not be opened, or ended with `status`, which is never OK. Each `Resync` with a number up to
    // `resync` has failed, unless a snapshot answered it before.
    virtual void OnDisconnected(const absl::Status& status, int64_t resync) = 0;
  };

  struct Timing {
    // How long to wait before the next stream: `min_backoff` at first, twice as long after each stream that brought no
    // position, `max_backoff` at most. A random part of the wait, at most half, is left out.
    absl::Duration min_backoff = absl::Milliseconds(50);
    absl::Duration max_backoff = absl::Seconds(5);
    // The watcher cancels a stream that brings nothing for so long. The catalog sends a bookmark every 5 s.
    absl::Duration max_silence = absl::Seconds(20);
  };

  // Does nothing until `Start`.
  CatalogWatcher(const std::shared_ptr<grpc::Channel>& channel, Observer* observer, const Timing& timing);
  // Does what `Stop` does.
  ~CatalogWatcher();

  // Starts the thread. Call it once.
  void Start();
  // Asks for a new snapshot, on a stream that is opened after this call. The caller chooses `number`, above 0 and
  // higher with each call. `CatalogSnapshot::resync` or `OnDisconnected` answers with that number or a higher one.
  void Resync(int64_t number);
  // Cancels the stream and opens no other until `Resume`. Forgets each `Resync` that has no answer yet. The observer
  // hears of no disconnection. A call of the observer may be under way when this method returns, and one more may
  // follow.
  void Pause();
  // Continues from the last position that the observer took.
  void Resume();
  // Cancels the stream and waits for the thread. The observer is not called afterwards. May be called more than once,
  // by several threads, and from the observer: then it does not wait, and the call under way is the observer's last.
  void Stop();

  // How often a stream brought something after another one was lost. A stream that this side cancelled for `Resync`,
  // `Pause` or `Stop` does not count as lost.
  int64_t reconnects() const { return reconnects_; }

 private:
  class Attempt;
  // Keeps the generated stub out of this header.
  struct Stub;

  void Run();
  absl::Status RunAttempt(bool* progressed);
  // Whether this side no longer wants the attempt under way.
  bool GaveUp();
  // Waits while paused. False after `Stop`.
  bool AwaitResumed();
  // Waits for `backoff`, or until there is something to do. False after `Stop`.
  bool AwaitRetry(absl::Duration backoff);

  const std::unique_ptr<Stub> stub_;
  Observer* const observer_;
  const Timing timing_;
  JoiningThread thread_;

  // Only the watcher's thread uses these.
  absl::BitGen random_;
  std::optional<CatalogPosition> position_;
  // The catalog's error when it refused to continue from the position; OK if it did not refuse.
  absl::Status refusal_;
  // Whether a stream that had brought something was lost, and no stream has brought anything since.
  bool stream_was_lost_ = false;

  std::atomic<int64_t> reconnects_{0};
  absl::Mutex mutex_;
  // Notified of what ends the wait for the next attempt.
  SteadyCondVar called_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  // The highest resync asked for, the one that the attempt under way will answer, and the last one answered.
  int64_t resync_wanted_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t resync_serving_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t resync_answered_ ABSL_GUARDED_BY(mutex_) = 0;
  // Whether the attempt under way still gathers its snapshot. A resync does not interrupt it.
  bool taking_snapshot_ ABSL_GUARDED_BY(mutex_) = false;
  // Whether this side gave up the attempt under way, for a new one or for a pause. Its end is no disconnection.
  bool restarting_ ABSL_GUARDED_BY(mutex_) = false;
  // Of the attempt under way; null between attempts.
  std::shared_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_CATALOG_WATCHER_H_
