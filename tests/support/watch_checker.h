#ifndef TESTS_SUPPORT_WATCH_CHECKER_H_
#define TESTS_SUPPORT_WATCH_CHECKER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/support/watch_recording.h"
#include "tests/support/watch_state.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// Checks a recording of watch streams for the six guarantees: ordered, unique, reliable, atomic, resumable,
// bookmarkable. Also checks what must hold for any catalog ("state"). Each violation is a text that begins with the
// name of what is broken. Not thread-safe.
class WatchChecker {
 public:
  explicit WatchChecker(const WatchRecording& recording);

  const std::vector<std::string>& violations() const { return violations_; }
  // The catalog after the last complete write.
  const WatchState& state() const { return state_; }
  // Whether the recording began with a snapshot or with the first write, so that `state` is the whole catalog.
  bool complete() const { return complete_; }
  // Position after the last complete write.
  int64_t revision() const { return position_; }
  // By revision, for each complete write: the state hash after it, and its changes in deterministic serialization.
  const std::map<int64_t, std::string>& state_hashes() const { return state_hashes_; }
  const std::map<int64_t, std::string>& writes() const { return writes_; }

 private:
  void CheckConnection(const WatchConnection& connection);
  void CheckStart(const v1::WatchToolsRequest& request, const v1::WatchToolsResponse& first);
  void CheckMessage(const v1::WatchToolsResponse& message);
  void CheckSnapshot(const v1::WatchToolsResponse& message);
  void CheckBookmark(const v1::WatchToolsResponse& message);
  void CheckBatch(const v1::WatchToolsResponse& message);
  void CheckWrite(const v1::Write& write);
  void CheckPosition(const v1::Write& write);
  void CheckFragment(const v1::Write& write);
  void CheckChange(const v1::Write& write, const v1::Change& change);
  void FinishWrite(const v1::Write& write);
  void CheckHashFormat(int64_t revision, const std::string& state_hash);
  // Whether the hash of the position belongs to the state.
  void CheckStateHash();
  void Report(absl::string_view guarantee, int64_t revision, absl::string_view what);

  std::vector<std::string> violations_;
  size_t connection_ = 0;
  size_t message_ = 0;

  bool positioned_ = false;
  int64_t position_ = 0;
  std::string position_hash_;
  bool in_snapshot_ = false;
  // Changes of the write whose fragments are arriving; applied when it is whole.
  bool in_write_ = false;
  int64_t fragment_revision_ = 0;
  std::string fragment_hash_;
  std::vector<v1::Change> pending_;

  bool complete_ = false;
  WatchState state_;
  absl::Time last_time_ = absl::InfinitePast();
  std::map<int64_t, std::string> state_hashes_;
  std::map<int64_t, std::string> writes_;
  // Which state has which hash, both ways.
  std::map<std::string, std::string> hash_of_state_;
  std::map<std::string, std::string> state_of_hash_;
};

// Compares two recordings of one catalog: the state hash and the changes of each revision. Returns the first
// difference, or "".
std::string CheckAgreement(const WatchChecker& one, const WatchChecker& other);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_WATCH_CHECKER_H_
