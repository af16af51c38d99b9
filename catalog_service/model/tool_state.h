#ifndef CATALOG_SERVICE_MODEL_TOOL_STATE_H_
#define CATALOG_SERVICE_MODEL_TOOL_STATE_H_

#include <cstdint>
#include <map>
#include <string>

#include "catalog_service/model/stored_tool.h"

namespace toolcatalog {

// A version that exists, or existed.
struct VersionState {
  std::string version;
  int64_t revision = 0;
  int64_t created_revision = 0;
  int64_t created_ordinal = 0;
  std::string content_hash;
  // Empty if the write has no use for it: see `LockAndRead`.
  std::string body;
};

// A tool as it is or was: at least one version, exactly one of them the latest.
struct ToolState {
  std::string tool_name;
  std::string latest_version_key;
  std::map<std::string, VersionState> versions;

  // Views into this.
  StoredTool Stored(const std::string& version_key) const {
    const VersionState& version = versions.at(version_key);
    return {version.body, version.content_hash, version.revision, version_key == latest_version_key};
  }
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_TOOL_STATE_H_
