#ifndef CATALOG_SERVICE_WATCH_STREAM_H_
#define CATALOG_SERVICE_WATCH_STREAM_H_

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
#include "catalog_service/change_feed.h"
#include "catalog_service/change_log.h"
#include "common/executor.h"
#include "toolcatalog/v1/catalog_service.pb.h"

namespace toolcatalog {

// What all streams of a server share. All must outlive the streams.
struct WatchSources {
  ChangeLog* log;
  ChangeFeed* feed;
  // Where streams read the log and snapshots; blocks on the database.
  Executor* executor;
};

// One WatchTools call. A cursor, not a queue: while its client reads slowly it holds one portion of the ring, the log
// or the snapshot. Thread-safe.
class WatchStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                    public ChangeFeed::Listener,
                    public std::enable_shared_from_this<WatchStream> {
 public:
  static std::shared_ptr<WatchStream> Create(const WatchSources& sources, const v1::WatchToolsRequest& request,
                                             grpc::CallbackServerContext* context);

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

  WatchStream(const WatchSources& sources, const v1::WatchToolsRequest& request, grpc::CallbackServerContext* context);

  // Does the next thing: finish, write, take from the feed, or have the log read. Calls gRPC without the lock.
  void Proceed();
  bool PrepareWrite() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeFromFeed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ScheduleRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Push(std::vector<std::string> messages) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // On the executor.
  void Read();
  absl::Status ReadStart();
  absl::Status ReadSnapshotPart();
  absl::Status ReadLog();

  const WatchSources sources_;
  const v1::WatchToolsRequest request_;
  grpc::CallbackServerContext* const context_;
  // Set from Start to OnDone.
  std::shared_ptr<WatchStream> self_;

  // Used by the one read that is scheduled at a time.
  enum class Reading { kStart, kSnapshot, kLog } reading_ = Reading::kStart;
  ChangeLog::Manifest manifest_;
  size_t manifest_next_ = 0;

  absl::Mutex mutex_;
  // Position after the last message pushed.
  Position cursor_ ABSL_GUARDED_BY(mutex_);
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

#endif  // CATALOG_SERVICE_WATCH_STREAM_H_
