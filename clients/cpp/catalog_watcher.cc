#include "clients/cpp/catalog_watcher.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cpp/watch_call.h"
#include "common/guarded.h"
#include "common/status.h"
#include "common/steady_time.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {

void CatalogSnapshot::Add(const v1::Snapshot& part) {
  for (int i = 0; i < part.tools_size(); ++i) {
    const v1::Tool& tool = part.tools(i);
    versions.push_back(
        {tool.tool_name(), tool.version(), tool.is_latest(), part.content_hashes(i), tool.SerializeAsString()});
  }
}

namespace {

bool CannotContinue(const absl::Status& status) {
  return HasReason(status, Reason::kCompacted) || HasReason(status, Reason::kHistoryDiverged);
}

absl::Status ProtocolError(const v1::WatchToolsResponse& message, absl::string_view rule) {
  return absl::InternalError(absl::StrCat("watch stream at revision ", message.revision(), ": ", rule));
}

}  // namespace

struct CatalogWatcher::Stub {
  const std::unique_ptr<v1::CatalogService::Stub> catalog;
};

// What one stream has delivered. Puts fragments together and hands whole snapshots and writes to the observer.
class CatalogWatcher::Attempt {
 public:
  Attempt(CatalogWatcher* watcher, bool snapshot, int64_t resync) : watcher_(watcher), expects_snapshot_(snapshot) {
    snapshot_.started = SteadyTime::Now();
    snapshot_.resync = resync;
    snapshot_.history_lost = !watcher->refusal_.ok();
    snapshot_.refusal = watcher->refusal_;
  }

  // An error ends the stream.
  absl::Status Deliver(v1::WatchToolsResponse message) {
    if (!std::exchange(opened_, true) && std::exchange(watcher_->stream_was_lost_, false)) ++watcher_->reconnects_;
    if (message.has_snapshot() != expects_snapshot_) {
      return ProtocolError(message, expects_snapshot_ ? "a snapshot part must come first" : "unexpected snapshot part");
    }
    switch (message.event_case()) {
      case v1::WatchToolsResponse::kSnapshot:
        return DeliverSnapshotPart(message);
      case v1::WatchToolsResponse::kBatch:
        return DeliverBatch(std::move(message));
      case v1::WatchToolsResponse::kBookmark:
        return DeliverBookmark(message);
      case v1::WatchToolsResponse::EVENT_NOT_SET:
        break;
    }
    return ProtocolError(message, "a message must be a snapshot part, a batch or a bookmark");
  }

  // Whether the stream has brought anything.
  bool opened() const { return opened_; }
  // Whether the position has been told since the stream was opened.
  bool progressed() const { return progressed_; }

 private:
  absl::Status DeliverSnapshotPart(const v1::WatchToolsResponse& message) {
    if (message.snapshot().tools_size() != message.snapshot().content_hashes_size()) {
      return ProtocolError(message, "a snapshot part must have one content hash for each tool");
    }
    if (absl::Status torn = CheckUnfinished(message, message.revision()); !torn.ok()) return torn;
    const bool last = message.snapshot().last();
    snapshot_.Add(message.snapshot());
    unfinished_ = message.revision();
    if (!last) return absl::OkStatus();
    unfinished_.reset();
    expects_snapshot_ = false;
    snapshot_.position = {message.revision(), message.state_hash()};
    snapshot_.received = absl::Now();
    if (!watcher_->observer_->OnSnapshot(std::move(snapshot_))) return NotTaken();
    watcher_->refusal_ = absl::OkStatus();
    Advance({message.revision(), message.state_hash()});
    return SnapshotDelivered();
  }

  // Not OK if another snapshot was asked for in the meantime.
  absl::Status SnapshotDelivered() {
    absl::MutexLock lock(&watcher_->mutex_);
    watcher_->taking_snapshot_ = false;
    watcher_->resync_answered_ = watcher_->resync_serving_;
    if (watcher_->resync_wanted_ == watcher_->resync_answered_) return absl::OkStatus();
    watcher_->restarting_ = true;
    return absl::CancelledError("another snapshot is wanted");
  }

  absl::Status DeliverBookmark(const v1::WatchToolsResponse& message) {
    if (unfinished_.has_value()) return ProtocolError(message, "bookmark between the fragments of a write");
    const CatalogPosition position{message.revision(), message.state_hash()};
    if (!watcher_->observer_->OnBookmark(position)) return NotTaken();
    Advance(position);
    return absl::OkStatus();
  }

  absl::Status DeliverBatch(v1::WatchToolsResponse message) {
    const absl::Time received = absl::Now();
    auto& writes = *message.mutable_batch()->mutable_writes();
    if (writes.empty()) return ProtocolError(message, "a batch must have a write");
    if (writes.rbegin()->revision() != message.revision() || writes.rbegin()->state_hash() != message.state_hash()) {
      return ProtocolError(message, "the position of a batch must be that of its last write");
    }
    for (v1::Write& write : writes) {
      if (absl::Status torn = CheckUnfinished(message, write.revision()); !torn.ok()) return torn;
      if (absl::Status taken = DeliverWrite(std::move(write), received); !taken.ok()) return taken;
    }
    return absl::OkStatus();
  }

  // A whole write or a fragment of one.
  absl::Status DeliverWrite(v1::Write write, absl::Time received) {
    for (v1::Change& change : *write.mutable_changes()) write_.changes.push_back(std::move(change));
    unfinished_ = write.revision();
    if (write.more()) return absl::OkStatus();
    unfinished_.reset();
    // A batch can be long, and a pause must not wait for its end.
    if (watcher_->GaveUp()) return absl::CancelledError("the stream was given up");
    const CatalogPosition position{write.revision(), write.state_hash()};
    write_.position = position;
    write_.received = received;
    if (!watcher_->observer_->OnWrite(std::exchange(write_, CatalogWrite()))) return NotTaken();
    Advance(position);
    return absl::OkStatus();
  }

  // Whether `revision` may follow: parts of another snapshot or write must not be waited for.
  absl::Status CheckUnfinished(const v1::WatchToolsResponse& message, int64_t revision) const {
    if (!unfinished_.has_value() || *unfinished_ == revision) return absl::OkStatus();
    return ProtocolError(message, absl::StrCat("revision ", *unfinished_, " was not completed"));
  }

  static absl::Status NotTaken() { return absl::CancelledError("what the stream brought was not taken"); }

  void Advance(const CatalogPosition& position) {
    watcher_->position_ = position;
    progressed_ = true;
  }

  CatalogWatcher* const watcher_;
  bool expects_snapshot_;
  bool opened_ = false;
  bool progressed_ = false;
  // Revision of the snapshot or write whose parts are being gathered.
  std::optional<int64_t> unfinished_;
  CatalogSnapshot snapshot_;
  CatalogWrite write_;
};

CatalogWatcher::CatalogWatcher(const std::shared_ptr<grpc::Channel>& channel, Observer* observer, const Timing& timing)
    : stub_(new Stub{v1::CatalogService::NewStub(channel)}), observer_(observer), timing_(timing) {}

CatalogWatcher::~CatalogWatcher() { Stop(); }

void CatalogWatcher::Start() {
  thread_.Start([this] { Run(); });
}

void CatalogWatcher::Resync(int64_t number) {
  std::shared_ptr<grpc::ClientContext> context;
  {
    absl::MutexLock lock(&mutex_);
    resync_wanted_ = std::max(resync_wanted_, number);
    called_.NotifyAll();
    if (context_ != nullptr && !taking_snapshot_) {
      restarting_ = true;
      context = context_;
    }
  }
  if (context != nullptr) context->TryCancel();
}

void CatalogWatcher::Pause() {
  std::shared_ptr<grpc::ClientContext> context;
  {
    absl::MutexLock lock(&mutex_);
    paused_ = true;
    called_.NotifyAll();
    resync_serving_ = resync_answered_ = resync_wanted_;
    if (context_ != nullptr) restarting_ = true;
    context = context_;
  }
  if (context != nullptr) context->TryCancel();
}

void CatalogWatcher::Resume() {
  absl::MutexLock lock(&mutex_);
  paused_ = false;
}

void CatalogWatcher::Stop() {
  std::shared_ptr<grpc::ClientContext> context;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    called_.NotifyAll();
    context = context_;
  }
  if (context != nullptr) context->TryCancel();
  thread_.Join();
}

void CatalogWatcher::Run() {
  absl::Duration backoff = timing_.min_backoff;
  while (AwaitResumed()) {
    bool progressed = false;
    const absl::Status status = RunAttempt(&progressed);
    if (CannotContinue(status)) refusal_ = status;
    int64_t resync;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      if (restarting_ || paused_) continue;
      resync = resync_answered_ = resync_serving_;
    }
    Guarded("observer of the catalog", [&] { observer_->OnDisconnected(status, resync); }).IgnoreError();
    if (progressed) backoff = timing_.min_backoff;
    if (!AwaitRetry(absl::Uniform(random_, 0.5, 1.0) * backoff)) return;
    backoff = std::min(2 * backoff, timing_.max_backoff);
  }
}

absl::Status CatalogWatcher::RunAttempt(bool* progressed) {
  auto context = std::make_shared<grpc::ClientContext>();
  v1::WatchToolsRequest request;
  int64_t resync;
  {
    absl::MutexLock lock(&mutex_);
    restarting_ = stopping_ || paused_;
    if (restarting_) return absl::CancelledError("stopped");
    resync = resync_wanted_ > resync_answered_ ? resync_wanted_ : 0;
    resync_serving_ = resync_wanted_;
    taking_snapshot_ = resync > 0 || !position_.has_value() || !refusal_.ok();
    context_ = context;
    request.set_snapshot(taking_snapshot_);
  }
  if (!request.snapshot()) {
    request.set_from_revision(position_->revision);
    request.set_state_hash(position_->state_hash);
  }
  Attempt attempt(this, request.snapshot(), resync);
  WatchCall call(stub_->catalog.get(), context.get(), request, timing_.max_silence);
  absl::Status refused;
  v1::WatchToolsResponse message;
  while (refused.ok() && !GaveUp() && call.Read(&message)) {
    // What an observer throws ends the stream; the next one brings the same again.
    refused = Guarded("observer of the catalog", [&] { return attempt.Deliver(std::move(message)); });
  }
  const absl::Status ended = call.Finish();
  *progressed = attempt.progressed();
  absl::MutexLock lock(&mutex_);
  context_ = nullptr;
  const bool given_up = stopping_ || paused_ || restarting_;
  if (attempt.opened() && !given_up) stream_was_lost_ = true;
  return refused.ok() ? ended : refused;
}

bool CatalogWatcher::GaveUp() {
  absl::MutexLock lock(&mutex_);
  return stopping_ || restarting_;
}

bool CatalogWatcher::AwaitResumed() {
  absl::MutexLock lock(&mutex_);
  const auto resumed = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !paused_; };
  mutex_.Await(absl::Condition(&resumed));
  return !stopping_;
}

bool CatalogWatcher::AwaitRetry(absl::Duration backoff) {
  absl::MutexLock lock(&mutex_);
  const auto called = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || paused_ || resync_wanted_ > resync_answered_;
  };
  called_.AwaitUntil(mutex_, absl::Condition(&called), SteadyTime::Now() + backoff);
  return !stopping_;
}

}  // namespace toolcatalog
