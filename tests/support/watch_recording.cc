#include "tests/support/watch_recording.h"

#include "absl/strings/str_cat.h"

namespace toolcatalog {

std::vector<v1::Change> ChangesIn(const v1::WatchToolsResponse& message) {
  std::vector<v1::Change> changes;
  for (const v1::Write& write : message.batch().writes()) {
    changes.insert(changes.end(), write.changes().begin(), write.changes().end());
  }
  return changes;
}

std::vector<v1::Change> ChangesIn(const std::vector<v1::WatchToolsResponse>& messages) {
  std::vector<v1::Change> all;
  for (const v1::WatchToolsResponse& message : messages) {
    const std::vector<v1::Change> changes = ChangesIn(message);
    all.insert(all.end(), changes.begin(), changes.end());
  }
  return all;
}

bool EndsInFragment(const v1::WatchToolsResponse& message) {
  if (message.has_snapshot()) return !message.snapshot().last();
  const auto& writes = message.batch().writes();
  return !writes.empty() && writes.rbegin()->more();
}

std::string WrongInBatch(const v1::WatchToolsResponse& message) {
  const auto& writes = message.batch().writes();
  if (writes.empty()) return "a batch without a write";
  if (message.revision() != writes.rbegin()->revision() || message.state_hash() != writes.rbegin()->state_hash()) {
    return "the position of the batch is not that of its last write";
  }
  for (int i = 0; i + 1 < writes.size(); ++i) {
    if (writes[i].more()) return absl::StrCat("revision ", writes[i].revision(), " has more and is not the last write");
  }
  return "";
}

}  // namespace toolcatalog
