#ifndef TESTS_SUPPORT_FILTERED_WATCH_H_
#define TESTS_SUPPORT_FILTERED_WATCH_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/support/watch_recording.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Judges a filtered recording by an unfiltered one of the same catalog, which must have passed `WatchChecker`, begin
// with the first write and reach as far.
class FilteredWatch {
 public:
  // Whether a tool passes the filters of tools, and a change the filter of kinds.
  struct Filter {
    std::function<bool(const v1::Tool& tool)> tool;
    std::function<bool(const std::string& kind)> kind;
  };
  FilteredWatch(const WatchRecording& filtered, const WatchRecording& whole, const Filter& filter);

  // What contradicts the guarantees: changes that are missing, come twice, in another order or although they do not
  // pass; writes that are cut wrongly; bookmarks between fragments, going back, or with the hash of another revision.
  const std::vector<std::string>& violations() const { return violations_; }
  // Writes and bookmarks.
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
  // What passes of the write whose fragments are arriving, in deterministic serialization.
  std::vector<std::string> changes_;
  // -1 = none yet.
  int64_t position_ = -1;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_FILTERED_WATCH_H_
