#ifndef CATALOG_SERVICE_CHANGES_WATCH_ENCODING_H_
#define CATALOG_SERVICE_CHANGES_WATCH_ENCODING_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "catalog_service/changes/change_log.h"

namespace toolcatalog {

// Serializes the v1.WatchToolsResponse messages of watch streams. Snapshots and bookmarks are made as whole messages. A
// write is serialized once, as pieces that all streams share; a batch is a head followed by any number of pieces. A
// message has at most about 1 MiB: clients accept up to 4 MiB, and streams share a connection fairly.

// How large the pieces of one batch may be together. A single piece may exceed this by a few bytes, and by more if it
// holds only one change.
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
  // Each piece is a serialized field `writes` of v1.WriteBatch, so several in a row are a serialized v1.WriteBatch.
  // Every piece but the last of a write says `more`, and its batch ends with it.
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
