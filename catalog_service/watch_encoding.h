#ifndef CATALOG_SERVICE_WATCH_ENCODING_H_
#define CATALOG_SERVICE_WATCH_ENCODING_H_

#include <string>
#include <vector>

#include "catalog_service/change_log.h"

namespace toolcatalog {

// Serialized v1.WatchToolsResponse messages, made once and shared by all streams. Each is at most about 1 MiB, so that
// a client's message limit of 4 MiB holds and streams share a connection fairly.

// One write: one message, or several of which all but the last say `more`.
std::vector<std::string> EncodeWrite(const LoggedWrite& write);

// Serialized tools of a snapshot and their hashes; `last` ends the snapshot.
std::vector<std::string> EncodeSnapshot(const Position& position, const std::vector<SnapshotTool>& tools, bool last);

std::string EncodeBookmark(const Position& position);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_WATCH_ENCODING_H_
