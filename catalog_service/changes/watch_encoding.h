#ifndef CATALOG_SERVICE_CHANGES_WATCH_ENCODING_H_
#define CATALOG_SERVICE_CHANGES_WATCH_ENCODING_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "catalog_service/changes/change_log.h"

namespace toolcatalog {

// Serialized v1.WatchToolsResponse messages, made once and shared by all streams. Each is at most about 1 MiB, so that
// a client's message limit of 4 MiB holds and streams share a connection fairly.

// A write as it is sent.
struct EncodedWrite {
  // Where a change lies within the messages, as a serialized v1.Change.
  struct Place {
    size_t message = 0;
    size_t offset = 0;
    size_t size = 0;
  };

  // One message, or several of which all but the last say `more`.
  std::vector<std::string> messages;
  // Of each change, in their order.
  std::vector<Place> places;

  absl::string_view change(size_t index) const {
    const Place& place = places[index];
    return absl::string_view(messages[place.message]).substr(place.offset, place.size);
  }
};

// The write at `position` with these changes, each a serialized v1.Change: all of them, or those that pass a filter.
EncodedWrite EncodeWrite(const Position& position, absl::Span<const absl::string_view> changes);

// Serialized tools of a snapshot and their hashes; `last` ends the snapshot.
std::vector<std::string> EncodeSnapshot(const Position& position, const std::vector<SnapshotTool>& tools, bool last);

std::string EncodeBookmark(const Position& position);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_WATCH_ENCODING_H_
