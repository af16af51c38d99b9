#ifndef TESTS_SUPPORT_WATCH_STATE_H_
#define TESTS_SUPPORT_WATCH_STATE_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The catalog's content, as a consumer of a watch stream builds it. Not thread-safe.
class WatchState {
 public:
  struct Entry {
    v1::Tool tool;
    std::string content_hash;
    bool is_latest = false;
  };
  // Versions by name and version, both in lower case.
  using Versions = std::map<std::pair<std::string, std::string>, Entry>;

  // Both return what is wrong with the tool or change, or "". `complete` says that the state began empty or with a
  // snapshot: only such a state shows that a change contradicts it.
  std::string AddSnapshotTool(const v1::Tool& tool, const std::string& content_hash);
  std::string Apply(const v1::Change& change, bool complete);
  // What is wrong, or "": each tool, or each of `names` (in lower case), must have exactly one latest version.
  std::string CheckLatest() const;
  std::string CheckLatest(const std::vector<std::string>& names) const;

  const Versions& versions() const { return versions_; }
  // The latest version, or nullptr.
  const Entry* Latest(absl::string_view name) const;
  // A text that differs between any two states.
  std::string Fingerprint() const;

 private:
  Versions versions_;
  // Sum over all versions, so that a change costs little however large the catalog is.
  uint64_t sum_ = 0;
  uint64_t other_sum_ = 0;

  void Add(const Versions::key_type& key, const Entry& entry, uint64_t factor);
  void Put(const Versions::key_type& key, Entry entry);
  void Remove(const Versions::key_type& key);
  void DemoteOthers(const Versions::key_type& key);
};

// SHA-256 or 128-bit sum as lower-case hex.
bool IsHex(absl::string_view text, size_t digits);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_WATCH_STATE_H_
