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
  std::vector<v1::Change> write;
  for (const WatchConnection& connection : whole.connections) {
    write.clear();
    for (const v1::WatchToolsResponse& message : connection.messages) {
      if (revisions.empty()) revisions.push_back({message.state_hash(), {}});
      if (message.bookmark()) continue;
      write.insert(write.end(), message.changes().begin(), message.changes().end());
      if (message.more()) continue;
      revisions.push_back({message.state_hash(), Apply(write, filter, versions)});
      write.clear();
    }
  }
  return revisions;
}

void FilteredWatch::Check(const WatchRecording& filtered, const std::vector<Revision>& expected) {
  std::vector<std::string> write;
  for (const WatchConnection& connection : filtered.connections) {
    write.clear();
    for (const v1::WatchToolsResponse& message : connection.messages) {
      if (message.revision() >= static_cast<int64_t>(expected.size())) {
        return Report(message, "the unfiltered recording does not reach so far");
      }
      if (message.bookmark() && !write.empty()) Report(message, "a bookmark came between fragments");
      for (const v1::Change& change : message.changes()) write.push_back(WithoutPrevious(change));
      if (message.more()) continue;
      if (!message.bookmark() && !message.has_snapshot()) {
        ++writes_;
        if (message.revision() == position_) Report(message, "the write came twice");
        if (write.empty()) Report(message, "a write of which nothing passes was sent");
      }
      if (!message.has_snapshot() && write != (message.bookmark() ? write : expected[message.revision()].passing)) {
        Report(message, "the changes are not those that pass");
      }
      CheckPosition(message, expected);
      write.clear();
    }
  }
}

void FilteredWatch::CheckPosition(const v1::WatchToolsResponse& message, const std::vector<Revision>& expected) {
  if (message.state_hash() != expected[message.revision()].state_hash) Report(message, "another state hash");
  if (message.revision() < position_) Report(message, absl::StrCat("the stream was at ", position_));
  if (message.bookmark()) ++bookmarks_;
  const int64_t end = message.revision() + (message.bookmark() ? 1 : 0);
  for (int64_t i = position_ + 1; position_ >= 0 && i < end; ++i) {
    if (!expected[i].passing.empty()) Report(message, absl::StrCat("revision ", i, " was left out"));
  }
  position_ = std::max(position_, message.revision());
}

void FilteredWatch::Report(const v1::WatchToolsResponse& message, const std::string& what) {
  violations_.push_back(absl::StrCat("revision ", message.revision(), ": ", what));
}

}  // namespace toolcatalog
