#ifndef CATALOG_SERVICE_RPC_WATCH_STREAM_H_
#define CATALOG_SERVICE_RPC_WATCH_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "catalog_service/changes/change_feed.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/changes/watch_encoding.h"
#include "catalog_service/changes/watch_filter.h"
#include "common/rpc/executor.h"
#include "common/rpc/server_stream.h"
#include "common/steady_time.h"
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
// or the snapshot. A message brings all of the portion that fits. Without a filter, or where all of a write passes, it
// sends the ring's own bytes; previous versions come from the log, and are read only when something passes.
// Thread-safe.
class WatchStream final : public ServerStream, public ChangeFeed::Listener {
 public:
  // `request` must be valid, see `CheckWatchRequest`, and `filter` made from it.
  WatchStream(const WatchSources& sources, const v1::WatchToolsRequest& request, WatchFilter filter,
              grpc::CallbackServerContext* context);

  void OnFeed() override { Wake(); }

 private:
  // A whole message or a piece of a batch to send, and what keeps its bytes.
  struct Frame {
    std::shared_ptr<const void> owner;
    absl::string_view bytes;
    // The write of a piece; null = the bytes are a whole message.
    const EncodedWrite* write = nullptr;
    // Whether the piece is the last one of its write, so that more may follow in the batch.
    bool completes = false;
  };

  void OnStart() override;
  absl::StatusOr<StreamStep> Next(grpc::ByteBuffer& message) override;
  int64_t KeptBytes() const override;
  // Moves the first whole message of what is pending into `message`, or all pieces that fit into one.
  void TakeMessage(grpc::ByteBuffer& message);
  Frame TakeFrame();

  // Fills up from the feed. False if the log must be read instead.
  bool TakeFromFeed();
  // Takes what passes. False if that must be read from the log: a write with previous versions.
  bool Take(const std::shared_ptr<const ChangeFeed::Entry>& entry);
  void PushBookmark();
  // Whether nothing was sent for the bookmark interval.
  bool IsSilent() const;
  // Whether what is pending is a portion.
  bool IsFull() const;
  // Each brings the client to the cursor.
  void PushMessages(std::vector<std::string> messages);
  void PushWrite(const EncodedWrite& write, const std::shared_ptr<const void>& owner);
  // The same for the write at the cursor, of which these changes pass; nothing if none do.
  void PushPassing(const std::vector<absl::string_view>& changes);
  void Push(Frame frame);

  // On the executor.
  absl::Status Read();
  absl::Status ReadStart();
  absl::Status ReadSnapshotPart();
  absl::Status ReadLog();

  const WatchSources sources_;
  const v1::WatchToolsRequest request_;
  const WatchFilter filter_;
  const absl::Duration bookmark_interval_;

  enum class Phase { kStart, kSnapshot, kFollow } phase_ = Phase::kStart;
  // While a snapshot is sent.
  std::shared_ptr<const ChangeLog::Manifest> manifest_;
  size_t manifest_next_ = 0;
  // Whether the last read of the log found nothing: the feed knows less than the log, or another history.
  bool read_in_vain_ = false;

  // Position after the last write that was pushed or did not pass.
  Position cursor_;
  // Revision that the last message pushed told.
  int64_t told_revision_ = 0;
  std::deque<Frame> pending_;
  size_t pending_bytes_ = 0;
  SteadyTime last_message_;
  // The proof of the feed that the last bookmark rests on.
  uint64_t bookmarked_proof_ = 0;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_WATCH_STREAM_H_
