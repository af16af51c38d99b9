#include "tests/support/watch_state.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

constexpr size_t kContentHashDigits = 64;

WatchState::Versions::key_type KeyOf(absl::string_view name, absl::string_view version) {
  return {absl::AsciiStrToLower(name), absl::AsciiStrToLower(version)};
}

std::string CheckChange(const v1::Change& change) {
  if (change.kind().empty() || change.tool_name().empty() || change.version().empty() || change.actor().empty()) {
    return "kind, tool_name, version or actor is empty";
  }
  if (!change.has_tool()) {
    if (change.is_latest()) return "is_latest is set on a version that no longer exists";
    return change.content_hash().empty() ? "" : "content_hash is set on a version that no longer exists";
  }
  if (change.tool().tool_name() != change.tool_name() || change.tool().version() != change.version()) {
    return absl::StrCat("tool is \"", change.tool().tool_name(), "\" \"", change.tool().version(), "\"");
  }
  if (change.tool().is_latest() != change.is_latest()) return "is_latest differs between change and tool";
  if (change.tool().revision() > change.revision()) return "tool.revision is above the change's revision";
  return IsHex(change.content_hash(), kContentHashDigits) ? "" : "content_hash is not a SHA-256 in lower-case hex";
}

}  // namespace

bool IsHex(absl::string_view text, size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
}

std::string WatchState::AddSnapshotTool(const v1::Tool& tool, const std::string& content_hash) {
  if (!IsHex(content_hash, kContentHashDigits)) return "content_hash is not a SHA-256 in lower-case hex";
  const auto key = KeyOf(tool.tool_name(), tool.version());
  if (versions_.count(key) > 0) return "version comes twice";
  if (!versions_.empty() && key < versions_.rbegin()->first) return "versions are not ordered by name and version";
  Put(key, {tool, content_hash, tool.is_latest()});
  return "";
}

std::string WatchState::Apply(const v1::Change& change, bool complete) {
  std::string wrong = CheckChange(change);
  const auto key = KeyOf(change.tool_name(), change.version());
  const bool known = versions_.count(key) > 0;
  if (change.has_tool()) {
    Put(key, {change.tool(), change.content_hash(), change.is_latest()});
    if (change.is_latest()) DemoteOthers(key);
  } else if (known) {
    Remove(key);
  } else if (complete && wrong.empty()) {
    wrong = "a version that does not exist was deleted";
  }
  return wrong;
}

void WatchState::Add(const Versions::key_type& key, const Entry& entry, uint64_t factor) {
  const auto identity = std::make_tuple(key, entry.content_hash, entry.is_latest);
  sum_ += factor * absl::HashOf(identity);
  other_sum_ += factor * absl::HashOf(identity, 1);
}

void WatchState::Put(const Versions::key_type& key, Entry entry) {
  Remove(key);
  Add(key, entry, 1);
  versions_[key] = std::move(entry);
}

void WatchState::Remove(const Versions::key_type& key) {
  auto found = versions_.find(key);
  if (found == versions_.end()) return;
  Add(key, found->second, static_cast<uint64_t>(-1));
  versions_.erase(found);
}

void WatchState::DemoteOthers(const Versions::key_type& key) {
  for (auto it = versions_.lower_bound({key.first, ""}); it != versions_.end() && it->first.first == key.first; ++it) {
    if (it->first == key || !it->second.is_latest) continue;
    Add(it->first, it->second, static_cast<uint64_t>(-1));
    it->second.is_latest = false;
    Add(it->first, it->second, 1);
  }
}

std::string WatchState::CheckLatest() const {
  std::vector<std::string> names;
  for (const auto& [key, entry] : versions_) {
    if (names.empty() || names.back() != key.first) names.push_back(key.first);
  }
  return CheckLatest(names);
}

std::string WatchState::CheckLatest(const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    int versions = 0, latest = 0;
    for (auto it = versions_.lower_bound({name, ""}); it != versions_.end() && it->first.first == name; ++it) {
      ++versions;
      latest += it->second.is_latest ? 1 : 0;
    }
    if (versions > 0 && latest != 1) {
      return absl::StrCat("tool \"", name, "\" has ", latest, " latest versions of ", versions);
    }
  }
  return "";
}

const WatchState::Entry* WatchState::Latest(absl::string_view name) const {
  const std::string key = absl::AsciiStrToLower(name);
  for (auto it = versions_.lower_bound({key, ""}); it != versions_.end() && it->first.first == key; ++it) {
    if (it->second.is_latest) return &it->second;
  }
  return nullptr;
}

std::string WatchState::Fingerprint() const { return absl::StrCat(versions_.size(), ":", sum_, ":", other_sum_); }

}  // namespace toolcatalog
