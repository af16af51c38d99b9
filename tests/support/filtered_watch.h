#ifndef TESTS_SUPPORT_FILTERED_WATCH_H_
#define TESTS_SUPPORT_FILTERED_WATCH_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/support/watch_recording.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Compares the recording of a filtered stream with an unfiltered recording of the same catalog. The unfiltered one must
// have passed `WatchChecker`, begin with the first write, and reach at least as far. Not thread-safe.
class FilteredWatch {
 public:
  // What the stream's filters are meant to do: whether a tool passes, and whether a kind of change passes.
  struct Filter {
    std::function<bool(const v1::Tool& tool)> tool;
    std::function<bool(const std::string& kind)> kind;
  };
  FilteredWatch(const WatchRecording& filtered, const WatchRecording& whole, const Filter& filter);

  // One text for each break of a guarantee: a change that is missing, comes twice, comes in another order or does not
  // pass; a write with a wrong fragment; a bookmark between fragments, at an older position, or with a wrong hash.
  const std::vector<std::string>& violations() const { return violations_; }
  // How many writes and bookmarks the filtered stream brought.
  int writes() const { return writes_; }
  int bookmarks() const { return bookmarks_; }

 private:
  struct Revision {
    std::string state_hash;
    // In deterministic serialization, without `previous`.
    std::vector<std::string> passing;
  };
  // By revision; the first is revision 0.
  static std::vector<Revision> Expected(const WatchRecording& whole, const Filter& filter);
  void Check(const WatchRecording& filtered, const std::vector<Revision>& expected);
  void CheckWrite(const v1::Write& write, const std::vector<Revision>& expected);
  // The stream is at a position, and has sent nothing of the revisions from its last one to `passed`.
  void CheckPosition(int64_t revision, const std::string& state_hash, int64_t passed,
                     const std::vector<Revision>& expected);
  void Report(int64_t revision, const std::string& what);

  std::vector<std::string> violations_;
  int writes_ = 0;
  int bookmarks_ = 0;
  // The passing changes of the write whose fragments are arriving, in deterministic serialization.
  std::vector<std::string> changes_;
  // -1 = none yet.
  int64_t position_ = -1;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_FILTERED_WATCH_H_
