#ifndef RELOAD_SERVICE_CACHE_VERSION_HASHES_H_
#define RELOAD_SERVICE_CACHE_VERSION_HASHES_H_

#include <array>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "clients/cpp/catalog_watcher.h"
#include "common/definition/state_hash.h"

namespace toolcatalog {

// A hash of every version of every tool, as the stream has told them. They serve to compute the catalog's state hash,
// and nothing else. 100,000 tools of one version each take about 20 MB, 100,000 versions of 10,000 tools about 12 MB.
// Not thread-safe.
class VersionHashes {
 public:
  VersionHashes() = default;
  explicit VersionHashes(const CatalogSnapshot& snapshot);

  void Apply(const CatalogWrite& write);

  // The state hash, in lower-case hex.
  std::string hex() const;
  size_t versions() const { return versions_; }

 private:
  using Hash = std::array<char, 32>;
  struct Version {
    std::string key;
    Hash content_hash;
  };
  // The versions of one tool, by key, and which of them is the latest; -1 = none.
  struct Tool {
    std::vector<Version> versions;
    int latest = -1;
  };

  void Put(absl::string_view name, absl::string_view version, absl::string_view content_hash, bool latest);
  void Remove(absl::string_view name, absl::string_view version);
  void SetLatest(const std::string& name_key, Tool* tool, int latest);
  void HashIn(const std::string& name_key, const Tool& tool, int index);
  void HashOut(const std::string& name_key, const Tool& tool, int index);

  absl::flat_hash_map<std::string, Tool> tools_;
  size_t versions_ = 0;
  StateHash sum_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_VERSION_HASHES_H_
