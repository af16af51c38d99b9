#ifndef CATALOG_SERVICE_CHANGES_HISTORY_BOUNDS_H_
#define CATALOG_SERVICE_CHANGES_HISTORY_BOUNDS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// From where to where the log can be read.
struct HistoryBounds {
  // The smallest revision from which a reader misses nothing: all changes after it are kept.
  int64_t oldest_revision = 0;
  int64_t current_revision = 0;
};

// Why a reader cannot go on from `revision`, where `state_hash` was the catalog's as far as the reader knows; "" = the
// reader knows none. OUT_OF_RANGE, reason COMPACTED or HISTORY_DIVERGED, with both bounds as metadata.
absl::Status CannotGoOnFrom(int64_t revision, absl::string_view state_hash, const HistoryBounds& bounds);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_HISTORY_BOUNDS_H_
