#include "clients/cpp/testing/streamed_state.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace toolcatalog {

void StreamedState::Load(const std::vector<v1::Snapshot>& parts) {
  absl::MutexLock lock(&mutex_);
  versions_.clear();
  sum_ = StateHash();
  for (const v1::Snapshot& part : parts) {
    for (int i = 0; i < part.tools_size(); ++i) {
      const v1::Tool& tool = part.tools(i);
      Put(tool.tool_name(), tool.version(), Version{tool.is_latest(), part.content_hashes(i)});
    }
  }
}

void StreamedState::Apply(const std::vector<v1::Change>& changes) {
  absl::MutexLock lock(&mutex_);
  for (const v1::Change& change : changes) {
    std::optional<Version> version;
    if (change.has_tool()) version = Version{change.is_latest(), change.content_hash()};
    Put(change.tool_name(), change.version(), version);
    if (change.is_latest()) DemoteOthers(change.tool_name(), change.version());
  }
}

std::string StreamedState::hash() {
  absl::MutexLock lock(&mutex_);
  return absl::BytesToHexString(sum_.bytes());
}

void StreamedState::Put(const std::string& name, const std::string& version, const std::optional<Version>& now) {
  const auto key = std::pair(absl::AsciiStrToLower(name), absl::AsciiStrToLower(version));
  if (auto held = versions_.find(key); held != versions_.end()) {
    sum_.Remove(key.first, key.second, held->second.latest, absl::HexStringToBytes(held->second.content_hash));
    versions_.erase(held);
  }
  if (!now.has_value()) return;
  sum_.Add(key.first, key.second, now->latest, absl::HexStringToBytes(now->content_hash));
  versions_[key] = *now;
}

void StreamedState::DemoteOthers(const std::string& name, const std::string& version) {
  const std::string name_key = absl::AsciiStrToLower(name), version_key = absl::AsciiStrToLower(version);
  std::vector<std::pair<std::string, Version>> demoted;
  for (auto held = versions_.lower_bound({name_key, ""}); held != versions_.end(); ++held) {
    if (held->first.first != name_key) break;
    if (held->first.second != version_key) demoted.push_back({held->first.second, held->second});
  }
  for (auto& [other, state] : demoted) Put(name_key, other, Version{false, state.content_hash});
}

}  // namespace toolcatalog
