#ifndef TESTS_SUPPORT_CATALOG_MODEL_H_
#define TESTS_SUPPORT_CATALOG_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace toolcatalog {

// What a catalog must do, written a second time and as simply as possible, so that tests can compare: without a
// database, hashes or batches. Names and versions are in lower case. Not thread-safe.
class CatalogModel {
 public:
  struct Version {
    std::string description;
    bool enabled = true;
    std::string created_by;
    // The revision that created the version, and the version's place among those that this revision created.
    std::pair<int64_t, int> created;

    bool SameContent(const Version& other) const {
      return description == other.description && enabled == other.enabled && created_by == other.created_by;
    }
  };
  struct Tool {
    std::map<std::string, Version> versions;
    std::string latest;
  };

  // One write, as a client asked for it. An empty `version` means the latest one, or for a deletion all.
  struct Write {
    enum Kind { kCreate, kUpdate, kDelete, kEnable, kPromote, kRollback, kImport } kind;
    std::string actor;
    std::string name;
    std::string version;
    std::string description;
    bool enabled = true;
    int64_t to_revision = 0;
    // Versions of `name` that an import has, each with its description.
    std::vector<std::pair<std::string, std::string>> items;
    bool overwrite = false;
  };

  // What a write must do to one version.
  struct Change {
    std::string kind;
    // The version after the write; nothing if the write deleted it.
    std::optional<Version> after;
    bool is_latest = false;
  };
  // By version.
  using Changes = std::map<std::string, Change>;

  // Applies a write that got this revision and returns what it changed. Empty if the write could not change anything.
  Changes Apply(int64_t revision, const Write& write);

  const std::map<std::string, Tool>& tools() const { return tools_; }
  // The tool as it was after a revision; null if there was none.
  const Tool* At(const std::string& name, int64_t revision) const;

 private:
  Changes Create(int64_t revision, const Write& write);
  Changes Edit(const Write& write);
  Changes Delete(const Write& write);
  Changes Promote(const Write& write);
  Changes RollBack(const Write& write);
  Changes Import(int64_t revision, const Write& write);

  std::map<std::string, Tool> tools_;
  // Each tool after each revision that changed it. A tool without versions does not exist.
  std::map<std::string, std::map<int64_t, Tool>> past_;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_CATALOG_MODEL_H_
