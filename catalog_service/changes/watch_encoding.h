#ifndef CATALOG_SERVICE_CHANGES_WATCH_ENCODING_H_
#define CATALOG_SERVICE_CHANGES_WATCH_ENCODING_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "catalog_service/changes/change_log.h"

namespace toolcatalog {

// The v1.WatchToolsResponse messages of watch streams, serialized. Snapshots and bookmarks are made as whole messages.
// Writes are made once, as pieces that all streams share, and a batch is any number of pieces behind a head of its own.
// A message is at most about 1 MiB, so that a client's message limit of 4 MiB holds and streams share a connection
// fairly.

// What the pieces of one batch may have together; a piece is at most a few bytes larger, or has a single change.
constexpr size_t kMaxBatchBytes = (1 << 20) - 1024;

// A write as it is sent.
struct EncodedWrite {
  // Where a change lies within the pieces, as a serialized v1.Change.
  struct Place {
    size_t piece = 0;
    size_t offset = 0;
    size_t size = 0;
  };

  Position position;
  // Each is a serialized field `writes` of v1.WriteBatch, so pieces in a row are a serialized v1.WriteBatch. All but
  // the last say `more`, and end their batch.
  std::vector<std::string> pieces;
  // One for each change, in their order.
  std::vector<Place> places;

  absl::string_view change(size_t index) const {
    const Place& place = places[index];
    return absl::string_view(pieces[place.piece]).substr(place.offset, place.size);
  }
};

// The write at `position` with these changes, each a serialized v1.Change: all of them, or those that pass a filter.
EncodedWrite EncodeWrite(const Position& position, absl::Span<const absl::string_view> changes);

// What comes before the `bytes` bytes of a batch in its message. `position` is that of the batch's last write.
std::string EncodeBatchHead(const Position& position, size_t bytes);

// Serialized tools of a snapshot and their hashes; `last` ends the snapshot.
std::vector<std::string> EncodeSnapshot(const Position& position, const std::vector<SnapshotTool>& tools, bool last);

std::string EncodeBookmark(const Position& position);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_WATCH_ENCODING_H_
