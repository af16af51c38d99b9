#include "tests/support/watch_checker.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/support/definitions.h"

namespace toolcatalog {
namespace {

constexpr size_t kStateHashDigits = 32;

absl::Time TimeOf(const v1::Change& change) {
  return absl::FromUnixNanos(google::protobuf::util::TimeUtil::TimestampToNanoseconds(change.time()));
}

}  // namespace

WatchChecker::WatchChecker(const WatchRecording& recording) {
  for (const WatchConnection& connection : recording.connections) {
    CheckConnection(connection);
    ++connection_;
  }
}

void WatchChecker::Report(absl::string_view guarantee, int64_t revision, absl::string_view what) {
  violations_.push_back(absl::StrCat(guarantee, ": connection ", connection_, ", message ", message_, ", revision ",
                                     revision, ": ", what));
}

void WatchChecker::CheckConnection(const WatchConnection& connection) {
  // A write that a lost connection cut short comes again as a whole.
  in_write_ = in_snapshot_ = false;
  pending_.clear();
  for (message_ = 0; message_ < connection.messages.size(); ++message_) {
    const v1::WatchToolsResponse& message = connection.messages[message_];
    if (message_ == 0) CheckStart(connection.request, message);
    CheckMessage(message);
  }
}

void WatchChecker::CheckStart(const v1::WatchToolsRequest& request, const v1::WatchToolsResponse& first) {
  if (request.snapshot()) {
    if (!first.has_snapshot())
      Report("resumable", first.revision(), "the stream does not begin with the snapshot asked for");
    in_snapshot_ = true;
    positioned_ = false;
    complete_ = true;
    state_ = WatchState();
    return;
  }
  if (!first.has_bookmark()) Report("resumable", first.revision(), "the stream does not begin with a bookmark");
  if (positioned_) {
    if (request.from_revision() != position_) {
      Report("resumable", first.revision(),
             absl::StrCat("the client asked for ", request.from_revision(), ", not ", position_));
    }
    return;
  }
  if (request.from_revision() > 0 && first.revision() != request.from_revision()) {
    Report("resumable", first.revision(), absl::StrCat("the stream does not begin at ", request.from_revision()));
  }
  positioned_ = true;
  position_ = first.revision();
  position_hash_ = first.state_hash();
  complete_ = position_ == 0;
  state_hashes_[position_] = position_hash_;
  CheckStateHash();
}

void WatchChecker::CheckMessage(const v1::WatchToolsResponse& message) {
  CheckHashFormat(message.revision(), message.state_hash());
  if (message.event_case() == v1::WatchToolsResponse::EVENT_NOT_SET) {
    Report("atomic", message.revision(), "a message must be a part of a snapshot, a batch or a bookmark");
  } else if (message.has_snapshot()) {
    CheckSnapshot(message);
  } else if (in_snapshot_) {
    Report("atomic", message.revision(), "something came between the parts of the snapshot");
  } else if (message.has_bookmark()) {
    CheckBookmark(message);
  } else {
    CheckBatch(message);
  }
}

void WatchChecker::CheckHashFormat(int64_t revision, const std::string& state_hash) {
  if (!IsHex(state_hash, kStateHashDigits)) {
    Report("state", revision, "state_hash is not 32 digits of lower-case hex");
  }
}

void WatchChecker::CheckSnapshot(const v1::WatchToolsResponse& message) {
  if (!in_snapshot_) return Report("atomic", message.revision(), "a snapshot part came after the last one");
  if (positioned_ && (message.revision() != position_ || message.state_hash() != position_hash_)) {
    Report("atomic", message.revision(), "the parts of the snapshot are of different revisions or state hashes");
  }
  positioned_ = true;
  position_ = message.revision();
  position_hash_ = message.state_hash();
  const v1::Snapshot& part = message.snapshot();
  if (part.tools_size() != part.content_hashes_size())
    Report("state", message.revision(), "tools and content_hashes differ in number");
  for (int i = 0; i < std::min(part.tools_size(), part.content_hashes_size()); ++i) {
    const std::string wrong = state_.AddSnapshotTool(part.tools(i), part.content_hashes(i));
    if (!wrong.empty())
      Report("state", message.revision(), absl::StrCat("snapshot of \"", part.tools(i).tool_name(), "\": ", wrong));
    if (part.tools(i).revision() > message.revision())
      Report("state", message.revision(), "the snapshot holds a later tool");
  }
  if (!message.snapshot().last()) return;
  in_snapshot_ = false;
  const std::string wrong = state_.CheckLatest();
  if (!wrong.empty()) Report("state", message.revision(), wrong);
  state_hashes_[position_] = position_hash_;
  CheckStateHash();
}

void WatchChecker::CheckBookmark(const v1::WatchToolsResponse& message) {
  if (in_write_) Report("bookmarkable", message.revision(), "a bookmark came between fragments");
  if (message.revision() != position_ || message.state_hash() != position_hash_) {
    Report(message_ == 0 ? "resumable" : "bookmarkable", message.revision(),
           absl::StrCat("a bookmark names a position that was not delivered; the stream is at ", position_));
  }
}

void WatchChecker::CheckBatch(const v1::WatchToolsResponse& message) {
  const std::string wrong = WrongInBatch(message);
  if (!wrong.empty()) Report("atomic", message.revision(), wrong);
  for (const v1::Write& write : message.batch().writes()) CheckWrite(write);
}

void WatchChecker::CheckWrite(const v1::Write& write) {
  CheckHashFormat(write.revision(), write.state_hash());
  if (write.changes().empty()) Report("atomic", write.revision(), "a write without a change");
  in_write_ ? CheckFragment(write) : CheckPosition(write);
  for (const v1::Change& change : write.changes()) CheckChange(write, change);
  in_write_ = write.more();
  fragment_revision_ = write.revision();
  fragment_hash_ = write.state_hash();
  pending_.insert(pending_.end(), write.changes().begin(), write.changes().end());
  if (!in_write_) FinishWrite(write);
}

void WatchChecker::CheckFragment(const v1::Write& write) {
  if (write.revision() != fragment_revision_ || write.state_hash() != fragment_hash_) {
    Report("atomic", write.revision(), absl::StrCat("the fragments of revision ", fragment_revision_, " did not end"));
    pending_.clear();
  }
}

void WatchChecker::CheckPosition(const v1::Write& write) {
  if (!positioned_ || write.revision() == position_ + 1) return;
  if (write.revision() > position_) {
    Report("reliable", write.revision(), absl::StrCat("revisions are missing after ", position_));
  } else if (writes_.count(write.revision()) > 0) {
    Report("unique", write.revision(), "this write was delivered before");
  } else {
    Report("ordered", write.revision(), absl::StrCat("the stream is at ", position_));
  }
}

void WatchChecker::CheckChange(const v1::Write& write, const v1::Change& change) {
  if (change.revision() != write.revision()) {
    Report("atomic", write.revision(),
           absl::StrCat("a change of revision ", change.revision(), " is among its changes"));
  }
  const absl::Time time = TimeOf(change);
  if (time < last_time_) Report("ordered", write.revision(), "the time went back");
  last_time_ = std::max(last_time_, time);
}

void WatchChecker::FinishWrite(const v1::Write& write) {
  std::set<std::pair<std::string, std::string>> versions;
  std::vector<std::string> names;
  std::string bytes;
  for (const v1::Change& change : pending_) {
    const std::string name = absl::AsciiStrToLower(change.tool_name());
    names.push_back(name);
    if (!versions.insert({name, absl::AsciiStrToLower(change.version())}).second) {
      Report("unique", write.revision(),
             absl::StrCat("\"", name, "\" \"", change.version(), "\" changed twice in one write"));
    }
    const std::string wrong = state_.Apply(change, complete_);
    if (!wrong.empty()) Report("state", write.revision(), absl::StrCat("change of \"", name, "\": ", wrong));
    absl::StrAppend(&bytes, Deterministic(change));
  }
  pending_.clear();
  const std::string wrong = complete_ ? state_.CheckLatest(names) : "";
  if (!wrong.empty()) Report("state", write.revision(), wrong);
  position_ = write.revision();
  position_hash_ = write.state_hash();
  state_hashes_[position_] = position_hash_;
  writes_[position_] = bytes;
  CheckStateHash();
}

void WatchChecker::CheckStateHash() {
  if (!complete_) return;
  const std::string state = state_.Fingerprint();
  if (hash_of_state_.emplace(state, position_hash_).first->second != position_hash_) {
    Report("state", position_, "two state hashes for the same state");
  }
  if (state_of_hash_.emplace(position_hash_, state).first->second != state) {
    Report("state", position_, "the same state hash for two states");
  }
}

std::string CheckAgreement(const WatchChecker& one, const WatchChecker& other) {
  for (const auto& [revision, hash] : one.state_hashes()) {
    auto found = other.state_hashes().find(revision);
    if (found != other.state_hashes().end() && found->second != hash) {
      return absl::StrCat("state hashes of revision ", revision, " differ");
    }
  }
  for (const auto& [revision, changes] : one.writes()) {
    auto found = other.writes().find(revision);
    if (found != other.writes().end() && found->second != changes) {
      return absl::StrCat("changes of revision ", revision, " differ");
    }
  }
  return "";
}

}  // namespace toolcatalog
