#ifndef CATALOG_SERVICE_MODEL_TOOL_STATE_H_
#define CATALOG_SERVICE_MODEL_TOOL_STATE_H_

#include <cstdint>
#include <map>
#include <optional>
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
  // Not read if the write has no use for it: see `LockAndRead`. Who asks for one that was not read gets an exception,
  // so that the write fails rather than store an empty definition.
  std::optional<std::string> body;
};

// A tool as it is or was: at least one version, exactly one of them the latest.
struct ToolState {
  std::string tool_name;
  std::string latest_version_key;
  std::map<std::string, VersionState> versions;

  // Views into this. The body of the version must have been read.
  StoredTool Stored(const std::string& version_key) const {
    const VersionState& version = versions.at(version_key);
    return {version.body.value(), version.content_hash, version.revision, version_key == latest_version_key};
  }
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_TOOL_STATE_H_
