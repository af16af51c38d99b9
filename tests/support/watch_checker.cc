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

void WatchChecker::Report(absl::string_view guarantee, const v1::WatchToolsResponse& message, absl::string_view what) {
  violations_.push_back(absl::StrCat(guarantee, ": connection ", connection_, ", message ", message_, ", revision ",
                                     message.revision(), ": ", what));
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
    if (!first.has_snapshot()) Report("resumable", first, "the stream does not begin with the snapshot asked for");
    in_snapshot_ = true;
    positioned_ = false;
    complete_ = true;
    state_ = WatchState();
    return;
  }
  if (!first.bookmark()) Report("resumable", first, "the stream does not begin with a bookmark");
  if (positioned_) {
    if (request.from_revision() != position_) {
      Report("resumable", first, absl::StrCat("the client asked for ", request.from_revision(), ", not ", position_));
    }
    return;
  }
  if (request.from_revision() > 0 && first.revision() != request.from_revision()) {
    Report("resumable", first, absl::StrCat("the stream does not begin at ", request.from_revision()));
  }
  positioned_ = true;
  position_ = first.revision();
  position_hash_ = first.state_hash();
  complete_ = position_ == 0;
  state_hashes_[position_] = position_hash_;
  CheckStateHash(first);
}

void WatchChecker::CheckMessage(const v1::WatchToolsResponse& message) {
  if (!IsHex(message.state_hash(), kStateHashDigits)) {
    Report("state", message, "state_hash is not 32 digits of lower-case hex");
  }
  const int kinds =
      (message.has_snapshot() ? 1 : 0) + (message.bookmark() ? 1 : 0) + (message.changes().empty() ? 0 : 1);
  if (kinds != 1) {
    Report("atomic", message, "a message must be a part of a snapshot, a bookmark or changes");
  } else if (message.has_snapshot()) {
    CheckSnapshot(message);
  } else if (in_snapshot_) {
    Report("atomic", message, "something came between the parts of the snapshot");
  } else if (message.bookmark()) {
    CheckBookmark(message);
  } else {
    CheckChanges(message);
  }
}

void WatchChecker::CheckSnapshot(const v1::WatchToolsResponse& message) {
  if (!in_snapshot_) return Report("atomic", message, "a snapshot part came after the last one");
  if (message.more() == message.snapshot().last()) Report("atomic", message, "exactly the last part has no more");
  if (positioned_ && (message.revision() != position_ || message.state_hash() != position_hash_)) {
    Report("atomic", message, "the parts of the snapshot are of different revisions or state hashes");
  }
  positioned_ = true;
  position_ = message.revision();
  position_hash_ = message.state_hash();
  const v1::Snapshot& part = message.snapshot();
  if (part.tools_size() != part.content_hashes_size())
    Report("state", message, "tools and content_hashes differ in number");
  for (int i = 0; i < std::min(part.tools_size(), part.content_hashes_size()); ++i) {
    const std::string wrong = state_.AddSnapshotTool(part.tools(i), part.content_hashes(i));
    if (!wrong.empty())
      Report("state", message, absl::StrCat("snapshot of \"", part.tools(i).tool_name(), "\": ", wrong));
    if (part.tools(i).revision() > message.revision()) Report("state", message, "the snapshot holds a later tool");
  }
  if (!message.snapshot().last()) return;
  in_snapshot_ = false;
  const std::string wrong = state_.CheckLatest();
  if (!wrong.empty()) Report("state", message, wrong);
  state_hashes_[position_] = position_hash_;
  CheckStateHash(message);
}

void WatchChecker::CheckBookmark(const v1::WatchToolsResponse& message) {
  if (message.more()) Report("bookmarkable", message, "a bookmark says that more follows");
  if (in_write_) Report("bookmarkable", message, "a bookmark came between fragments");
  if (message.revision() != position_ || message.state_hash() != position_hash_) {
    Report(message_ == 0 ? "resumable" : "bookmarkable", message,
           absl::StrCat("a bookmark names a position that was not delivered; the stream is at ", position_));
  }
}

void WatchChecker::CheckChanges(const v1::WatchToolsResponse& message) {
  in_write_ ? CheckFragment(message) : CheckPosition(message);
  for (const v1::Change& change : message.changes()) CheckChange(message, change);
  in_write_ = message.more();
  fragment_revision_ = message.revision();
  fragment_hash_ = message.state_hash();
  pending_.insert(pending_.end(), message.changes().begin(), message.changes().end());
  if (!in_write_) FinishWrite(message);
}

void WatchChecker::CheckFragment(const v1::WatchToolsResponse& message) {
  if (message.revision() != fragment_revision_ || message.state_hash() != fragment_hash_) {
    Report("atomic", message, absl::StrCat("the fragments of revision ", fragment_revision_, " did not end"));
    pending_.clear();
  }
}

void WatchChecker::CheckPosition(const v1::WatchToolsResponse& message) {
  if (!positioned_ || message.revision() == position_ + 1) return;
  if (message.revision() > position_) {
    Report("reliable", message, absl::StrCat("revisions are missing after ", position_));
  } else if (writes_.count(message.revision()) > 0) {
    Report("unique", message, "this write was delivered before");
  } else {
    Report("ordered", message, absl::StrCat("the stream is at ", position_));
  }
}

void WatchChecker::CheckChange(const v1::WatchToolsResponse& message, const v1::Change& change) {
  if (change.revision() != message.revision()) {
    Report("atomic", message, absl::StrCat("a change of revision ", change.revision(), " is among its changes"));
  }
  const absl::Time time = TimeOf(change);
  if (time < last_time_) Report("ordered", message, "the time went back");
  last_time_ = std::max(last_time_, time);
}

void WatchChecker::FinishWrite(const v1::WatchToolsResponse& message) {
  std::set<std::pair<std::string, std::string>> versions;
  std::vector<std::string> names;
  std::string bytes;
  for (const v1::Change& change : pending_) {
    const std::string name = absl::AsciiStrToLower(change.tool_name());
    names.push_back(name);
    if (!versions.insert({name, absl::AsciiStrToLower(change.version())}).second) {
      Report("unique", message, absl::StrCat("\"", name, "\" \"", change.version(), "\" changed twice in one write"));
    }
    const std::string wrong = state_.Apply(change, complete_);
    if (!wrong.empty()) Report("state", message, absl::StrCat("change of \"", name, "\": ", wrong));
    absl::StrAppend(&bytes, Deterministic(change));
  }
  pending_.clear();
  const std::string wrong = complete_ ? state_.CheckLatest(names) : "";
  if (!wrong.empty()) Report("state", message, wrong);
  position_ = message.revision();
  position_hash_ = message.state_hash();
  state_hashes_[position_] = position_hash_;
  writes_[position_] = bytes;
  CheckStateHash(message);
}

void WatchChecker::CheckStateHash(const v1::WatchToolsResponse& message) {
  if (!complete_) return;
  const std::string state = state_.Fingerprint();
  if (hash_of_state_.emplace(state, message.state_hash()).first->second != message.state_hash()) {
    Report("state", message, "two state hashes for the same state");
  }
  if (state_of_hash_.emplace(message.state_hash(), state).first->second != state) {
    Report("state", message, "the same state hash for two states");
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
