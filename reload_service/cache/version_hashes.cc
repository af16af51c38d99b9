#include "reload_service/cache/version_hashes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/definition/definition.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr size_t kHexDigits = 64;

bool IsContentHash(absl::string_view text) {
  return text.size() == kHexDigits && text.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
}

// The bytes of a content hash. What is none becomes zeros, which are no hash of anything, so that the proof fails.
std::array<char, 32> BytesOf(absl::string_view hex) {
  std::array<char, 32> bytes{};
  if (!IsContentHash(hex)) return bytes;
  const std::string raw = absl::HexStringToBytes(hex);
  std::copy(raw.begin(), raw.end(), bytes.begin());
  return bytes;
}

// The place of the version, or else where it belongs.
template <typename Versions>
auto Seek(Versions& versions, absl::string_view key) {
  return std::lower_bound(versions.begin(), versions.end(), key,
                          [](const auto& version, absl::string_view key) { return version.key < key; });
}

}  // namespace

VersionHashes::VersionHashes(const CatalogSnapshot& snapshot) {
  for (const CatalogSnapshot::Version& version : snapshot.versions) {
    Put(version.tool_name, version.version, version.content_hash, version.is_latest);
  }
}

void VersionHashes::Apply(const CatalogWrite& write) {
  for (const v1::Change& change : write.changes) {
    if (change.has_tool()) {
      Put(change.tool_name(), change.version(), change.content_hash(), change.is_latest());
    } else {
      Remove(change.tool_name(), change.version());
    }
  }
}

std::string VersionHashes::hex() const { return absl::BytesToHexString(sum_.bytes()); }

void VersionHashes::Put(absl::string_view name, absl::string_view version, absl::string_view content_hash,
                        bool latest) {
  const std::string name_key = NameKey(name), version_key = NameKey(version);
  Tool& tool = tools_[name_key];
  auto found = Seek(tool.versions, version_key);
  const int index = static_cast<int>(found - tool.versions.begin());
  if (found != tool.versions.end() && found->key == version_key) {
    HashOut(name_key, tool, index);
    found->content_hash = BytesOf(content_hash);
  } else {
    tool.versions.insert(found, {version_key, BytesOf(content_hash)});
    if (tool.latest >= index) ++tool.latest;
    ++versions_;
  }
  HashIn(name_key, tool, index);
  if (latest) {
    SetLatest(name_key, &tool, index);
  } else if (tool.latest == index) {
    SetLatest(name_key, &tool, -1);
  }
}

void VersionHashes::Remove(absl::string_view name, absl::string_view version) {
  const std::string name_key = NameKey(name), version_key = NameKey(version);
  auto tool = tools_.find(name_key);
  if (tool == tools_.end()) return;
  auto& [key, state] = *tool;
  auto found = Seek(state.versions, version_key);
  if (found == state.versions.end() || found->key != version_key) return;
  const int index = static_cast<int>(found - state.versions.begin());
  HashOut(name_key, state, index);
  if (state.latest == index) state.latest = -1;
  if (state.latest > index) --state.latest;
  state.versions.erase(found);
  --versions_;
  if (state.versions.empty()) tools_.erase(tool);
}

void VersionHashes::SetLatest(const std::string& name_key, Tool* tool, int latest) {
  const int former = tool->latest;
  if (former == latest) return;
  for (const int index : {former, latest}) {
    if (index >= 0) HashOut(name_key, *tool, index);
  }
  tool->latest = latest;
  for (const int index : {former, latest}) {
    if (index >= 0) HashIn(name_key, *tool, index);
  }
}

void VersionHashes::HashIn(const std::string& name_key, const Tool& tool, int index) {
  const Version& version = tool.versions[index];
  sum_.Add(name_key, version.key, index == tool.latest,
           absl::string_view(version.content_hash.data(), version.content_hash.size()));
}

void VersionHashes::HashOut(const std::string& name_key, const Tool& tool, int index) {
  const Version& version = tool.versions[index];
  sum_.Remove(name_key, version.key, index == tool.latest,
              absl::string_view(version.content_hash.data(), version.content_hash.size()));
}

}  // namespace toolcatalog
