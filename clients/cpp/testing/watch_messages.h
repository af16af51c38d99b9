#ifndef CLIENTS_CPP_TESTING_WATCH_MESSAGES_H_
#define CLIENTS_CPP_TESTING_WATCH_MESSAGES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Messages that WatchTools streams, and what tests put into them. Each message has the position `revision`.

// An active Linux tool of the category "system": the latest version.
v1::Tool TestTool(const std::string& name, const std::string& version, int64_t revision);
// A part of a snapshot.
v1::WatchToolsResponse SnapshotMessage(int64_t revision, const std::vector<v1::Tool>& tools, bool last = true);
v1::WatchToolsResponse BookmarkMessage(int64_t revision);
// A batch of one write. With `more`, the write is a fragment, and the next message continues it.
v1::WatchToolsResponse ChangesMessage(int64_t revision, const std::vector<v1::Change>& changes, bool more = false);
// One batch of the writes of all `messages`, at the position of the last one.
v1::WatchToolsResponse BatchMessage(const std::vector<v1::WatchToolsResponse>& messages);
// The change that stores `tool`.
v1::Change StoredChange(const v1::Tool& tool);
// The change that deletes a version.
v1::Change DeletedChange(const std::string& name, const std::string& version, int64_t revision);
// The hash of the definition, in hex, as the messages above carry it.
std::string TestContentHash(const v1::Tool& tool);
// "hash of <revision>": the placeholder in the messages above, until `FakeWatch::Send` fills in the true state hash.
std::string TestStateHash(int64_t revision);

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_TESTING_WATCH_MESSAGES_H_
