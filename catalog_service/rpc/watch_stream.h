#ifndef CATALOG_SERVICE_RPC_WATCH_STREAM_H_
#define CATALOG_SERVICE_RPC_WATCH_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "catalog_service/changes/change_feed.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/changes/watch_filter.h"
#include "common/rpc/executor.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// What all streams of a server share. All must outlive the streams.
struct WatchSources {
  ChangeLog* log;
  ChangeFeed* feed;
  // Where streams read the log and snapshots; blocks on the database.
  Executor* executor;
};

// One WatchTools call. A cursor, not a queue: while its client reads slowly it holds one portion of the ring, the log
// or the snapshot. Without a filter, or where all of a write passes, it sends the ring's own bytes; previous versions
// come from the log, and are read only when something passes. Thread-safe.
class WatchStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                    public ChangeFeed::Listener,
                    public std::enable_shared_from_this<WatchStream> {
 public:
  // `request` must be valid, see `CheckWatchRequest`, and `filter` made from it.
  static std::shared_ptr<WatchStream> Create(const WatchSources& sources, const v1::WatchToolsRequest& request,
                                             WatchFilter filter, grpc::CallbackServerContext* context);

  // Begins the stream. It keeps itself alive until gRPC is done with it.
  void Start();

  // Ends the stream with `status` once the write in flight is over; a write that hangs is cancelled.
  void End(const absl::Status& status);

  void OnFeed() override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // A message to send, and what keeps its bytes.
  struct Frame {
    std::shared_ptr<const void> owner;
    absl::string_view bytes;
  };

  WatchStream(const WatchSources& sources, const v1::WatchToolsRequest& request, WatchFilter filter,
              grpc::CallbackServerContext* context);

  // Does the next thing: finish, write, take from the feed, or have the log read. Calls gRPC without the lock.
  void Proceed();
  // Takes from the feed, or has the log read, if nothing waits to be written.
  void Fill() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool PrepareWrite() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeFromFeed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes what passes, and whether that could be done: a write with previous versions must be read from the log.
  bool Take(const std::shared_ptr<const ChangeFeed::Entry>& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PushWrite(const LoggedWrite& write) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PushBookmark() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether nothing was sent for the bookmark interval.
  bool IsSilent() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ScheduleRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Messages that bring the client to the cursor.
  void Push(std::vector<std::string> messages) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether what is pending is a portion.
  bool IsFull() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // On the executor.
  void Read();
  absl::Status ReadNext();
  absl::Status ReadStart();
  absl::Status ReadManifest();
  absl::Status ReadSnapshotPart();
  absl::Status ReadLog();

  const WatchSources sources_;
  const v1::WatchToolsRequest request_;
  const WatchFilter filter_;
  const absl::Duration bookmark_interval_;
  grpc::CallbackServerContext* const context_;
  // Set from Start to OnDone.
  std::shared_ptr<WatchStream> self_;

  // Used by the one read that is scheduled at a time.
  enum class Reading { kStart, kSnapshot, kLog } reading_ = Reading::kStart;
  ChangeLog::Manifest manifest_;
  size_t manifest_next_ = 0;

  absl::Mutex mutex_;
  // Position after the last write that was pushed or did not pass.
  Position cursor_ ABSL_GUARDED_BY(mutex_);
  // Revision that the last message pushed told.
  int64_t told_revision_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Frame> pending_ ABSL_GUARDED_BY(mutex_);
  // The message in flight.
  grpc::ByteBuffer message_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool read_scheduled_ ABSL_GUARDED_BY(mutex_) = false;
  // Whether the start and the snapshot are over.
  bool following_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time last_write_ ABSL_GUARDED_BY(mutex_);
  uint64_t bookmarked_proof_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_WATCH_STREAM_H_
