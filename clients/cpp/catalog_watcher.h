#ifndef CLIENTS_CPP_CATALOG_WATCHER_H_
#define CLIENTS_CPP_CATALOG_WATCHER_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// A point in the catalog's history.
struct CatalogPosition {
  int64_t revision = 0;
  std::string state_hash;
};

// All versions of all tools at one position.
struct CatalogSnapshot {
  std::vector<v1::Snapshot> parts;
  CatalogPosition position;
  // The watcher's former position could not be continued, so revisions seen before may belong to another history.
  bool history_lost = false;
  // The highest `Resync` that this snapshot answers; 0 = none.
  int64_t resync = 0;
  // When the stream was opened, and when the last part arrived.
  absl::Time started;
  absl::Time received;
  // With `history_lost`: how the catalog refused to continue.
  absl::Status refusal;
};

// All changes of one write.
struct CatalogWrite {
  std::vector<v1::Change> changes;
  CatalogPosition position;
  // When the message that completed it arrived.
  absl::Time received;
};

// Follows the catalog on one thread: a snapshot first, then every write, over any number of streams. A stream that ends
// is opened again after a jittered back-off, from the last position that the observer has been given. Thread-safe; the
// observer must outlive it.
class CatalogWatcher {
 public:
  // Called on the watcher's thread, one call at a time. A position counts as applied when its call returns true; false,
  // or an exception, ends the stream, and the next one brings the same again.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual bool OnSnapshot(CatalogSnapshot snapshot) = 0;
    virtual bool OnWrite(CatalogWrite write) = 0;
    // Everything up to `position` has been delivered, and the catalog is alive.
    virtual bool OnBookmark(const CatalogPosition& position) = 0;
    // A stream could not be opened or has ended. Every `Resync` up to `resync` that no snapshot has answered has
    // failed.
    virtual void OnDisconnected(const absl::Status& status, int64_t resync) = 0;
  };

  struct Timing {
    absl::Duration min_backoff = absl::Milliseconds(50);
    absl::Duration max_backoff = absl::Seconds(5);
    // A stream that brings nothing for so long is given up. The catalog sends a bookmark every 5 s.
    absl::Duration max_silence = absl::Seconds(20);
  };

  CatalogWatcher(const std::shared_ptr<grpc::Channel>& channel, Observer* observer, const Timing& timing);
  // Stops.
  ~CatalogWatcher();

  // Starts the thread; call once.
  void Start();
  // Takes a new snapshot now, on a stream that is opened after this call. `number` is the caller's, higher with each
  // call; the snapshot that answers it carries it, and so does the failure of the attempt.
  void Resync(int64_t number);
  // Gives the stream up and opens none until `Resume`, which continues from the position that was reached. Resyncs that
  // no snapshot has answered are forgotten, and no disconnection is told. A call of the observer may still be under way
  // afterwards, and one more may follow.
  void Pause();
  void Resume();
  // Cancels the stream and joins the thread. The observer is not called afterwards.
  void Stop();

  // Streams that have brought something after one that was lost. A stream that this side gave up was not lost.
  int64_t reconnects() const { return reconnects_; }

 private:
  class Attempt;
  // Keeps the generated stub out of this header.
  struct Stub;

  void Run();
  absl::Status RunAttempt(bool* progressed);
  // Whether this side has ended the attempt under way.
  bool GaveUp();
  // Waits while paused; whether to go on.
  bool AwaitResumed();
  bool AwaitRetry(absl::Duration backoff);

  const std::unique_ptr<Stub> stub_;
  Observer* const observer_;
  const Timing timing_;
  std::thread thread_;

  // Only the watcher's thread uses these.
  absl::BitGen random_;
  std::optional<CatalogPosition> position_;
  // How the catalog refused to continue from the position; OK = it has not.
  absl::Status refusal_;
  // Whether a stream that had brought something was lost, and none has brought something since.
  bool stream_was_lost_ = false;

  std::atomic<int64_t> reconnects_{0};
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  // The highest resync asked for, the one that the attempt under way will answer, and the last one answered.
  int64_t resync_wanted_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t resync_serving_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t resync_answered_ ABSL_GUARDED_BY(mutex_) = 0;
  // Whether the attempt under way still gathers its snapshot; a resync lets it finish.
  bool taking_snapshot_ ABSL_GUARDED_BY(mutex_) = false;
  // Whether the attempt under way was given up by this side, be it for a new one or a pause: no disconnection.
  bool restarting_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_CATALOG_WATCHER_H_
