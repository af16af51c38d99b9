#include "catalog_service/rpc/watch_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/changes/watch_encoding.h"
#include "catalog_service/rpc/watch_request.h"
#include "common/guarded.h"
#include "common/rpc/call.h"
#include "common/rpc/grpc_status.h"

namespace toolcatalog {
namespace {

// A client that takes no message for this long is gone or hopeless; it can resume.
constexpr absl::Duration kWriteTimeout = absl::Seconds(30);
// What a stream holds at a time, but for a larger single write.
constexpr size_t kPortionBytes = 1 << 20;
constexpr int kLogWrites = 64;
// A client that was told of none of so many revisions gets a bookmark once the stream has caught up.
constexpr int64_t kManyRevisions = 1000;

// A slice that shares the bytes and lets go of them when gRPC has sent them.
grpc::ByteBuffer Share(std::shared_ptr<const void> owner, absl::string_view bytes) {
  auto* held = new std::shared_ptr<const void>(std::move(owner));
  grpc::Slice slice(
      const_cast<char*>(bytes.data()), bytes.size(),
      [](void* data) { delete static_cast<std::shared_ptr<const void>*>(data); }, held);
  return grpc::ByteBuffer(&slice, 1);
}

// Those of `count` changes that pass; `facts` and `encoded` answer the facts and the bytes of each.
template <typename Facts, typename Encoded>
std::vector<absl::string_view> Passing(const WatchFilter& filter, size_t count, Facts facts, Encoded encoded) {
  std::vector<absl::string_view> passing;
  for (size_t i = 0; i < count; ++i) {
    if (filter.passes_all() || filter.Passes(facts(i))) passing.push_back(encoded(i));
  }
  return passing;
}

}  // namespace

std::shared_ptr<WatchStream> WatchStream::Create(const WatchSources& sources, const v1::WatchToolsRequest& request,
                                                 WatchFilter filter, grpc::CallbackServerContext* context) {
  return std::shared_ptr<WatchStream>(new WatchStream(sources, request, std::move(filter), context));
}

WatchStream::WatchStream(const WatchSources& sources, const v1::WatchToolsRequest& request, WatchFilter filter,
                         grpc::CallbackServerContext* context)
    : sources_(sources),
      request_(request),
      filter_(std::move(filter)),
      bookmark_interval_(BookmarkInterval(request)),
      context_(context),
      last_write_(absl::Now()) {}

void WatchStream::Start() {
  self_ = shared_from_this();
  sources_.feed->Subscribe(self_, bookmark_interval_);
  // The feed may have called already, and had the start read.
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
      // A stream that throws ends. It runs on the feed's thread too, where others must not suffer from it.
      absl::Status status = Guarded("WatchTools", [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { Fill(); });
      if (!status.ok() && !end_.has_value()) end_ = std::move(status);
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

void WatchStream::Fill() {
  if (pending_.empty() && following_ && !read_scheduled_) TakeFromFeed();
  if (pending_.empty() && !following_ && !read_scheduled_) ScheduleRead();
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
  ChangeFeed::Found found;
  // Many portions may hold nothing that passes.
  do {
    found = sources_.feed->After(cursor_, kPortionBytes);
    if (found.behind) return ScheduleRead();
    for (const auto& entry : found.entries) {
      if (!Take(entry)) return ScheduleRead();
    }
  } while (pending_.empty() && !found.entries.empty());
  const bool due = IsSilent() || cursor_.revision - told_revision_ >= kManyRevisions;
  if (found.proof > bookmarked_proof_ && due) {
    bookmarked_proof_ = found.proof;
    PushBookmark();
  }
}

bool WatchStream::Take(const std::shared_ptr<const ChangeFeed::Entry>& entry) {
  const auto facts = [&](size_t i) -> const ChangeFacts& { return entry->facts[i]; };
  const auto encoded = [&](size_t i) { return entry->encoded.change(i); };
  const bool whole = filter_.passes_all();
  const auto passing = whole ? std::vector<absl::string_view>() : Passing(filter_, entry->facts.size(), facts, encoded);
  if (request_.with_previous() && (whole || !passing.empty())) return false;
  cursor_ = entry->position;
  if (whole || passing.size() == entry->facts.size()) {
    for (const std::string& message : entry->encoded.messages) pending_.push_back({entry, message});
    told_revision_ = cursor_.revision;
  } else if (!passing.empty()) {
    Push(EncodeWrite(cursor_, passing).messages);
  }
  return true;
}

void WatchStream::PushWrite(const LoggedWrite& write) {
  cursor_ = write.position;
  const auto facts = [&](size_t i) -> const ChangeFacts& { return write.changes[i].facts; };
  const auto encoded = [&](size_t i) -> absl::string_view { return write.changes[i].encoded; };
  const auto passing = Passing(filter_, write.changes.size(), facts, encoded);
  if (!passing.empty()) Push(EncodeWrite(cursor_, passing).messages);
}

void WatchStream::PushBookmark() { Push({EncodeBookmark(cursor_)}); }

bool WatchStream::IsSilent() const { return absl::Now() - last_write_ >= bookmark_interval_; }

void WatchStream::Push(std::vector<std::string> messages) {
  for (std::string& message : messages) {
    auto owner = std::make_shared<const std::string>(std::move(message));
    pending_.push_back({owner, *owner});
  }
  told_revision_ = cursor_.revision;
}

bool WatchStream::IsFull() const {
  size_t bytes = 0;
  for (const Frame& frame : pending_) bytes += frame.bytes.size();
  return bytes >= kPortionBytes;
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
  int64_t before;
  {
    absl::MutexLock lock(&mutex_);
    before = cursor_.revision;
  }
  absl::Status status = Guarded("WatchTools", [this] { return ReadNext(); });
  {
    absl::MutexLock lock(&mutex_);
    read_scheduled_ = false;
    if (!status.ok() && !end_.has_value()) end_ = status;
    // Nothing was there: the feed knows less than the log, or another history. It calls when it has caught up.
    if (following_ && pending_.empty() && cursor_.revision == before && !end_.has_value()) return;
  }
  Proceed();
}

absl::Status WatchStream::ReadNext() {
  switch (reading_) {
    case Reading::kStart:
      return ReadStart();
    case Reading::kSnapshot:
      return ReadSnapshotPart();
    case Reading::kLog:
      break;
  }
  return ReadLog();
}

absl::Status WatchStream::ReadStart() {
  if (request_.snapshot()) {
    if (absl::Status status = ReadManifest(); !status.ok()) return status;
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
  PushBookmark();
  return absl::OkStatus();
}

absl::Status WatchStream::ReadManifest() {
  using Facets = ChangeLog::Facets;
  absl::StatusOr<ChangeLog::Manifest> manifest =
      sources_.log->Snapshot(filter_.passes_all() ? Facets::kLeaveOut : Facets::kInclude);
  if (!manifest.ok()) return manifest.status();
  manifest_ = *std::move(manifest);
  std::vector<SnapshotKey>& keys = manifest_.keys;
  keys.erase(std::remove_if(keys.begin(), keys.end(),
                            [&](const SnapshotKey& key) { return !filter_.PassesVersion(key.name_key, key.facets); }),
             keys.end());
  return absl::OkStatus();
}

absl::Status WatchStream::ReadSnapshotPart() {
  absl::StatusOr<std::vector<SnapshotTool>> tools =
      sources_.log->SnapshotTools(manifest_, manifest_next_, kPortionBytes);
  if (!tools.ok()) return tools.status();
  std::vector<SnapshotTool> passing;
  for (SnapshotTool& tool : *tools) {
    const SnapshotKey& key = manifest_.keys[manifest_next_++];
    // Without facets, only the definition tells whether it passes.
    const bool known = filter_.passes_all() || !key.facets.empty();
    if (known || filter_.PassesVersion(key.name_key, FacetsOfBody(tool.encoded))) passing.push_back(std::move(tool));
  }
  const bool last = manifest_next_ == manifest_.keys.size();
  absl::MutexLock lock(&mutex_);
  if (last) cursor_ = manifest_.position;
  Push(EncodeSnapshot(manifest_.position, passing, last));
  if (last) {
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
  using Previous = ChangeLog::Previous;
  absl::StatusOr<ChangeLog::Portion> portion =
      sources_.log->After(cursor, kLogWrites, request_.with_previous() ? Previous::kInclude : Previous::kLeaveOut);
  if (!portion.ok()) return portion.status();
  absl::MutexLock lock(&mutex_);
  for (const LoggedWrite& write : portion->writes) {
    PushWrite(write);
    // What changes carry beside definitions, such as reasons, is not counted by the log. The rest is read again.
    if (IsFull()) break;
  }
  // A long stretch in which nothing passes is no silence.
  if (pending_.empty() && cursor_.revision > told_revision_ && IsSilent()) PushBookmark();
  return absl::OkStatus();
}

}  // namespace toolcatalog
