#include "catalog_service/watch_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/watch_encoding.h"
#include "common/call.h"
#include "common/grpc_status.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kBookmarkInterval = absl::Seconds(5);
// A client that takes no message for this long is gone or hopeless; it can resume.
constexpr absl::Duration kWriteTimeout = absl::Seconds(30);
// What a stream holds at a time, but for a larger single write.
constexpr size_t kPortionBytes = 1 << 20;
constexpr int kLogWrites = 64;

// A slice that shares the bytes and lets go of them when gRPC has sent them.
grpc::ByteBuffer Share(std::shared_ptr<const void> owner, absl::string_view bytes) {
  auto* held = new std::shared_ptr<const void>(std::move(owner));
  grpc::Slice slice(
      const_cast<char*>(bytes.data()), bytes.size(),
      [](void* data) { delete static_cast<std::shared_ptr<const void>*>(data); }, held);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

std::shared_ptr<WatchStream> WatchStream::Create(const WatchSources& sources, const v1::WatchToolsRequest& request,
                                                 grpc::CallbackServerContext* context) {
  return std::shared_ptr<WatchStream>(new WatchStream(sources, request, context));
}

WatchStream::WatchStream(const WatchSources& sources, const v1::WatchToolsRequest& request,
                         grpc::CallbackServerContext* context)
    : sources_(sources), request_(request), context_(context), last_write_(absl::Now()) {}

void WatchStream::Start() {
  self_ = shared_from_this();
  sources_.feed->Subscribe(self_);
  {
    absl::MutexLock lock(&mutex_);
    ScheduleRead();
  }
  Proceed();
}

void WatchStream::End(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = status;
    // Its end is then learned by OnWriteDone, which runs on another thread. The lock keeps the context alive: while a
    // write is in flight the call has not ended.
    if (writing_ && absl::Now() - last_write_ > absl::Seconds(1)) context_->TryCancel();
  }
  Proceed();
}

void WatchStream::OnFeed() {
  {
    absl::MutexLock lock(&mutex_);
    const absl::Duration limit = end_.has_value() ? absl::Seconds(1) : kWriteTimeout;
    if (writing_ && absl::Now() - last_write_ > limit) context_->TryCancel();
  }
  Proceed();
}

void WatchStream::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    message_.Clear();
    if (!ok && !end_.has_value()) end_ = absl::UnavailableError("the client is gone");
  }
  Proceed();
}

void WatchStream::OnCancel() { End(absl::CancelledError("cancelled by the caller")); }

void WatchStream::OnDone() {
  std::shared_ptr<WatchStream> self = std::move(self_);
  self.reset();
}

void WatchStream::Proceed() {
  std::optional<absl::Status> finish;
  {
    absl::MutexLock lock(&mutex_);
    if (writing_ || finished_) return;
    if (end_.has_value()) {
      finished_ = true;
      finish = end_;
    } else {
      if (pending_.empty() && following_ && !read_scheduled_) TakeFromFeed();
      if (pending_.empty() && !following_ && !read_scheduled_) ScheduleRead();
      if (end_.has_value()) {
        finished_ = true;
        finish = end_;
      } else if (!PrepareWrite()) {
        return;
      }
    }
  }
  if (finish.has_value()) {
    Finish(ToGrpcStatus(*finish));
  } else {
    // Only the caller that set `writing_` gets here, so nothing else touches the message.
    StartWrite(&message_);
  }
}

bool WatchStream::PrepareWrite() {
  if (pending_.empty()) return false;
  Frame frame = std::move(pending_.front());
  pending_.pop_front();
  message_ = Share(std::move(frame.owner), frame.bytes);
  writing_ = true;
  last_write_ = absl::Now();
  return true;
}

void WatchStream::TakeFromFeed() {
  ChangeFeed::Found found = sources_.feed->After(cursor_, kPortionBytes);
  if (found.behind) {
    ScheduleRead();
    return;
  }
  for (const auto& entry : found.entries) {
    for (const std::string& message : entry->messages) pending_.push_back({entry, message});
    cursor_ = entry->position;
  }
  const bool due = absl::Now() - last_write_ >= kBookmarkInterval;
  if (found.proof > bookmarked_proof_ && due) {
    bookmarked_proof_ = found.proof;
    Push({EncodeBookmark(cursor_)});
  }
}

void WatchStream::Push(std::vector<std::string> messages) {
  for (std::string& message : messages) {
    auto owner = std::make_shared<const std::string>(std::move(message));
    pending_.push_back({owner, *owner});
  }
}

void WatchStream::ScheduleRead() {
  read_scheduled_ = true;
  std::shared_ptr<WatchStream> self = shared_from_this();
  if (!sources_.executor->TrySchedule([self] { self->Read(); })) {
    read_scheduled_ = false;
    if (!end_.has_value()) end_ = QueueFull();
  }
}

void WatchStream::Read() {
  absl::Status status = reading_ == Reading::kStart      ? ReadStart()
                        : reading_ == Reading::kSnapshot ? ReadSnapshotPart()
                                                         : ReadLog();
  {
    absl::MutexLock lock(&mutex_);
    read_scheduled_ = false;
    if (!status.ok() && !end_.has_value()) end_ = status;
    // Nothing was there: the feed knows less than the log, or another history. It calls when it has caught up.
    if (pending_.empty() && !end_.has_value()) return;
  }
  Proceed();
}

absl::Status WatchStream::ReadStart() {
  if (request_.snapshot()) {
    absl::StatusOr<ChangeLog::Manifest> manifest = sources_.log->Snapshot();
    if (!manifest.ok()) return manifest.status();
    manifest_ = *std::move(manifest);
    reading_ = Reading::kSnapshot;
    return ReadSnapshotPart();
  }
  absl::StatusOr<Position> position;
  if (!request_.has_from_revision()) {
    position = sources_.log->Current();
  } else if (request_.from_revision() == 0 && request_.state_hash().empty()) {
    position = sources_.log->Oldest();
  } else {
    position = sources_.log->Verify(request_.from_revision(), absl::HexStringToBytes(request_.state_hash()));
  }
  if (!position.ok()) return position.status();
  reading_ = Reading::kLog;
  absl::MutexLock lock(&mutex_);
  cursor_ = *position;
  following_ = true;
  Push({EncodeBookmark(cursor_)});
  return absl::OkStatus();
}

absl::Status WatchStream::ReadSnapshotPart() {
  absl::StatusOr<std::vector<SnapshotTool>> tools =
      sources_.log->SnapshotTools(manifest_, manifest_next_, kPortionBytes);
  if (!tools.ok()) return tools.status();
  manifest_next_ += tools->size();
  const bool last = manifest_next_ == manifest_.keys.size();
  absl::MutexLock lock(&mutex_);
  Push(EncodeSnapshot(manifest_.position, *tools, last));
  if (last) {
    cursor_ = manifest_.position;
    following_ = true;
    reading_ = Reading::kLog;
    manifest_ = {};
  }
  return absl::OkStatus();
}

absl::Status WatchStream::ReadLog() {
  Position cursor;
  {
    absl::MutexLock lock(&mutex_);
    cursor = cursor_;
  }
  absl::StatusOr<ChangeLog::Portion> portion = sources_.log->After(cursor, kLogWrites);
  if (!portion.ok()) return portion.status();
  absl::MutexLock lock(&mutex_);
  for (const LoggedWrite& write : portion->writes) {
    Push(EncodeWrite(write));
    cursor_ = write.position;
  }
  return absl::OkStatus();
}

}  // namespace toolcatalog
