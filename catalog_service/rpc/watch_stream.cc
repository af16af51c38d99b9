#include "catalog_service/rpc/watch_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "catalog_service/rpc/watch_request.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

// The most that a stream holds at a time, unless one write is larger. So a portion fits one message.
constexpr size_t kPortionBytes = kMaxBatchBytes;
constexpr int kLogWrites = 256;
// After so many revisions of which nothing was sent, a stream that has caught up sends a bookmark.
constexpr int64_t kManyRevisions = 1000;

// A slice that shares the bytes and lets go of them when gRPC has sent them.
grpc::Slice Share(std::shared_ptr<const void> owner, absl::string_view bytes) {
  auto* held = new std::shared_ptr<const void>(std::move(owner));
  return grpc::Slice(
      const_cast<char*>(bytes.data()), bytes.size(),
      [](void* data) { delete static_cast<std::shared_ptr<const void>*>(data); }, held);
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

WatchStream::WatchStream(const WatchSources& sources, const v1::WatchToolsRequest& request, WatchFilter filter,
                         grpc::CallbackServerContext* context)
    : ServerStream("WatchTools", context),
      sources_(sources),
      request_(request),
      filter_(std::move(filter)),
      bookmark_interval_(BookmarkInterval(request)),
      last_message_(SteadyTime::Now()) {}

void WatchStream::OnStart() {
  // Before the start is read, so that no write falls between.
  sources_.feed->Subscribe(std::static_pointer_cast<WatchStream>(shared_from_this()), bookmark_interval_);
}

absl::StatusOr<StreamStep> WatchStream::Next(grpc::ByteBuffer& message) {
  // The feed calls when it has caught up with the log.
  if (std::exchange(read_in_vain_, false)) return StreamStep::Wait();
  const bool filled_up = phase_ == Phase::kFollow && TakeFromFeed();
  if (pending_.empty() && !filled_up) return StreamStep::Do(sources_.executor, [this] { return Read(); });
  if (pending_.empty()) return StreamStep::Wait();
  TakeMessage(message);
  last_message_ = SteadyTime::Now();
  return StreamStep::Write();
}

int64_t WatchStream::KeptBytes() const {
  // Each that keeps the manifest bears its part.
  const int64_t share = manifest_ == nullptr ? 0 : manifest_->bytes() / manifest_.use_count();
  return share + static_cast<int64_t>(pending_bytes_);
}

void WatchStream::TakeMessage(grpc::ByteBuffer& message) {
  // The first slice is the head, which is known when the batch is complete.
  std::vector<grpc::Slice> slices(1);
  size_t bytes = 0;
  while (true) {
    Frame frame = TakeFrame();
    const EncodedWrite* write = frame.write;
    bytes += frame.bytes.size();
    slices.push_back(Share(std::move(frame.owner), frame.bytes));
    if (write == nullptr) break;
    const bool closed = !frame.completes || pending_.empty() || pending_.front().write == nullptr;
    if (!closed && bytes + pending_.front().bytes.size() <= kMaxBatchBytes) continue;
    slices.front() = grpc::Slice(EncodeBatchHead(write->position, bytes));
    break;
  }
  grpc::ByteBuffer built(slices.data(), slices.size());
  message.Swap(&built);
}

WatchStream::Frame WatchStream::TakeFrame() {
  Frame frame = std::move(pending_.front());
  pending_.pop_front();
  pending_bytes_ -= frame.bytes.size();
  return frame;
}

bool WatchStream::TakeFromFeed() {
  while (!IsFull()) {
    const ChangeFeed::Found found = sources_.feed->After(cursor_, kPortionBytes - pending_bytes_);
    if (found.behind) return false;
    for (const auto& entry : found.entries) {
      if (!Take(entry)) return false;
    }
    if (!found.entries.empty()) continue;
    const bool due = IsSilent() || cursor_.revision - told_revision_ >= kManyRevisions;
    if (pending_.empty() && found.proof > bookmarked_proof_ && due) {
      bookmarked_proof_ = found.proof;
      PushBookmark();
    }
    break;
  }
  return true;
}

bool WatchStream::Take(const std::shared_ptr<const ChangeFeed::Entry>& entry) {
  const auto facts = [&](size_t i) -> const ChangeFacts& { return entry->facts[i]; };
  const auto encoded = [&](size_t i) { return entry->encoded.change(i); };
  const bool whole = filter_.passes_all();
  const auto passing = whole ? std::vector<absl::string_view>() : Passing(filter_, entry->facts.size(), facts, encoded);
  if (request_.with_previous() && (whole || !passing.empty())) return false;
  cursor_ = entry->encoded.position;
  if (whole || (!passing.empty() && passing.size() == entry->facts.size())) {
    PushWrite(entry->encoded, entry);
  } else {
    PushPassing(passing);
  }
  return true;
}

void WatchStream::PushWrite(const EncodedWrite& write, const std::shared_ptr<const void>& owner) {
  for (const std::string& piece : write.pieces) Push({owner, piece, &write, &piece == &write.pieces.back()});
}

void WatchStream::PushPassing(const std::vector<absl::string_view>& changes) {
  if (changes.empty()) return;
  const auto write = std::make_shared<const EncodedWrite>(EncodeWrite(cursor_, changes));
  PushWrite(*write, write);
}

void WatchStream::PushBookmark() { PushMessages({EncodeBookmark(cursor_)}); }

void WatchStream::PushMessages(std::vector<std::string> messages) {
  for (std::string& message : messages) {
    const auto owner = std::make_shared<const std::string>(std::move(message));
    Push({owner, *owner});
  }
}

void WatchStream::Push(Frame frame) {
  pending_bytes_ += frame.bytes.size();
  pending_.push_back(std::move(frame));
  told_revision_ = cursor_.revision;
}

bool WatchStream::IsSilent() const { return SteadyTime::Now() - last_message_ >= bookmark_interval_; }

bool WatchStream::IsFull() const { return pending_bytes_ >= kPortionBytes; }

absl::Status WatchStream::Read() {
  const int64_t before = cursor_.revision;
  absl::Status status = phase_ == Phase::kStart      ? ReadStart()
                        : phase_ == Phase::kSnapshot ? ReadSnapshotPart()
                                                     : ReadLog();
  read_in_vain_ = phase_ == Phase::kFollow && pending_.empty() && cursor_.revision == before;
  return status;
}

absl::Status WatchStream::ReadStart() {
  if (request_.snapshot()) {
    using Facets = ChangeLog::Facets;
    auto manifest = sources_.log->Snapshot(filter_.passes_all() ? Facets::kLeaveOut : Facets::kInclude);
    if (!manifest.ok()) return manifest.status();
    manifest_ = *std::move(manifest);
    phase_ = Phase::kSnapshot;
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
  cursor_ = *std::move(position);
  phase_ = Phase::kFollow;
  PushBookmark();
  return absl::OkStatus();
}

absl::Status WatchStream::ReadSnapshotPart() {
  const auto may_pass = [this](const SnapshotKey& key) { return filter_.PassesVersion(key.name_key, key.facets); };
  absl::StatusOr<ChangeLog::SnapshotPart> part =
      sources_.log->PartOf(*manifest_, manifest_next_, kPortionBytes, may_pass);
  if (!part.ok()) return part.status();
  std::vector<SnapshotTool> passing;
  for (SnapshotTool& tool : part->tools) {
    const SnapshotKey& key = manifest_->keys[tool.place];
    // Without facets, only the definition tells whether it passes.
    const bool known = filter_.passes_all() || !key.facets.empty();
    if (known || filter_.PassesVersion(key.name_key, FacetsOfBody(tool.encoded))) passing.push_back(std::move(tool));
  }
  manifest_next_ = part->next;
  const bool last = manifest_next_ == manifest_->keys.size();
  if (last) cursor_ = manifest_->position;
  PushMessages(EncodeSnapshot(manifest_->position, passing, last));
  if (last) {
    phase_ = Phase::kFollow;
    manifest_.reset();
  }
  return absl::OkStatus();
}

absl::Status WatchStream::ReadLog() {
  using Previous = ChangeLog::Previous;
  absl::StatusOr<ChangeLog::Portion> portion =
      sources_.log->After(cursor_, kLogWrites, request_.with_previous() ? Previous::kInclude : Previous::kLeaveOut);
  if (!portion.ok()) return portion.status();
  for (const LoggedWrite& write : portion->writes) {
    const auto facts = [&](size_t i) -> const ChangeFacts& { return write.changes[i].facts; };
    const auto encoded = [&](size_t i) -> absl::string_view { return write.changes[i].encoded; };
    cursor_ = write.position;
    PushPassing(Passing(filter_, write.changes.size(), facts, encoded));
    // The log's bound counts definitions only, so a portion can be larger. What does not fit is read again later.
    if (IsFull()) break;
  }
  // A long stretch in which nothing passes is no silence.
  if (pending_.empty() && cursor_.revision > told_revision_ && IsSilent()) PushBookmark();
  return absl::OkStatus();
}

}  // namespace toolcatalog
