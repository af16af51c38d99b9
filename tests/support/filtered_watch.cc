#include "tests/support/filtered_watch.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/support/definitions.h"

namespace toolcatalog {
namespace {

// Versions by name and version, both in lower case.
using Versions = std::map<std::pair<std::string, std::string>, v1::Tool>;

std::string WithoutPrevious(v1::Change change) {
  change.clear_previous();
  return Deterministic(change);
}

Versions::key_type KeyOf(const v1::Change& change) {
  return {absl::AsciiStrToLower(change.tool_name()), absl::AsciiStrToLower(change.version())};
}

// Brings `versions` to after a write; answers those of its changes that pass.
std::vector<std::string> Apply(const std::vector<v1::Change>& write, const FilteredWatch::Filter& filter,
                               Versions& versions) {
  Versions before;
  for (const v1::Change& change : write) {
    const std::string name = KeyOf(change).first;
    for (auto it = versions.lower_bound({name, ""}); it != versions.end() && it->first.first == name; ++it) {
      before.insert(*it);
    }
  }
  for (const v1::Change& change : write) versions.erase(KeyOf(change));
  for (const v1::Change& change : write) {
    if (!change.is_latest()) continue;
    // The one that it takes the place of changes with it.
    for (auto& [key, tool] : versions) {
      if (key.first == KeyOf(change).first) tool.set_is_latest(false);
    }
  }
  for (const v1::Change& change : write) {
    if (change.has_tool()) versions[KeyOf(change)] = change.tool();
  }
  std::vector<std::string> passing;
  for (const v1::Change& change : write) {
    const auto key = KeyOf(change);
    bool passes = change.has_tool() && filter.tool(change.tool());
    for (auto it = before.lower_bound({key.first, ""}); it != before.end() && it->first.first == key.first; ++it) {
      const auto now = versions.find(it->first);
      const bool demoted = change.is_latest() && it->second.is_latest() && now != versions.end() &&
                           now->second.revision() == it->second.revision() && !now->second.is_latest();
      if (it->first == key || demoted) passes |= filter.tool(it->second);
    }
    if (passes && filter.kind(change.kind())) passing.push_back(WithoutPrevious(change));
  }
  return passing;
}

}  // namespace

FilteredWatch::FilteredWatch(const WatchRecording& filtered, const WatchRecording& whole, const Filter& filter) {
  Check(filtered, Expected(whole, filter));
}

std::vector<FilteredWatch::Revision> FilteredWatch::Expected(const WatchRecording& whole, const Filter& filter) {
  std::vector<Revision> revisions;
  Versions versions;
  std::vector<v1::Change> changes;
  for (const WatchConnection& connection : whole.connections) {
    changes.clear();
    for (const v1::WatchToolsResponse& message : connection.messages) {
      if (revisions.empty()) revisions.push_back({message.state_hash(), {}});
      for (const v1::Write& write : message.batch().writes()) {
        changes.insert(changes.end(), write.changes().begin(), write.changes().end());
        if (write.more()) continue;
        revisions.push_back({write.state_hash(), Apply(changes, filter, versions)});
        changes.clear();
      }
    }
  }
  return revisions;
}

void FilteredWatch::Check(const WatchRecording& filtered, const std::vector<Revision>& expected) {
  for (const WatchConnection& connection : filtered.connections) {
    changes_.clear();
    for (const v1::WatchToolsResponse& message : connection.messages) {
      if (message.revision() >= static_cast<int64_t>(expected.size())) {
        return Report(message.revision(), "the unfiltered recording does not reach so far");
      }
      if (message.has_bookmark()) {
        ++bookmarks_;
        if (!changes_.empty()) Report(message.revision(), "a bookmark came between fragments");
      }
      if (message.has_bookmark() || message.snapshot().last()) {
        CheckPosition(message.revision(), message.state_hash(), message.revision(), expected);
      }
      const std::string wrong = message.has_batch() ? WrongInBatch(message) : "";
      if (!wrong.empty()) Report(message.revision(), wrong);
      for (const v1::Write& write : message.batch().writes()) CheckWrite(write, expected);
    }
  }
}

void FilteredWatch::CheckWrite(const v1::Write& write, const std::vector<Revision>& expected) {
  for (const v1::Change& change : write.changes()) changes_.push_back(WithoutPrevious(change));
  if (write.more()) return;
  ++writes_;
  if (write.revision() == position_) Report(write.revision(), "the write came twice");
  if (changes_.empty()) Report(write.revision(), "a write of which nothing passes was sent");
  if (changes_ != expected[write.revision()].passing) Report(write.revision(), "the changes are not those that pass");
  CheckPosition(write.revision(), write.state_hash(), write.revision() - 1, expected);
  changes_.clear();
}

void FilteredWatch::CheckPosition(int64_t revision, const std::string& state_hash, int64_t passed,
                                  const std::vector<Revision>& expected) {
  if (state_hash != expected[revision].state_hash) Report(revision, "another state hash");
  if (revision < position_) Report(revision, absl::StrCat("the stream was at ", position_));
  for (int64_t i = position_ + 1; position_ >= 0 && i <= passed; ++i) {
    if (!expected[i].passing.empty()) Report(revision, absl::StrCat("revision ", i, " was left out"));
  }
  position_ = std::max(position_, revision);
}

void FilteredWatch::Report(int64_t revision, const std::string& what) {
  violations_.push_back(absl::StrCat("revision ", revision, ": ", what));
}

}  // namespace toolcatalog
