#include "catalog_service/changes/history_bounds.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

std::string WhyDiverged(int64_t revision, absl::string_view state_hash, int64_t current) {
  if (revision > current) {
    return absl::StrCat("revision ", revision, " is beyond the current one, ", current,
                        ": the catalog has another history");
  }
  if (state_hash.empty()) return absl::StrCat("revision ", revision, " is not in the history of this catalog");
  return absl::StrCat("revision ", revision, " had another state hash: the catalog has another history");
}

}  // namespace

absl::Status CannotGoOnFrom(int64_t revision, absl::string_view state_hash, const HistoryBounds& bounds) {
  const ErrorDetails metadata = {{"oldest_revision", absl::StrCat(bounds.oldest_revision)},
                                 {"current_revision", absl::StrCat(bounds.current_revision)}};
  if (revision >= bounds.oldest_revision) {
    return MakeError(Reason::kHistoryDiverged, WhyDiverged(revision, state_hash, bounds.current_revision), metadata);
  }
  return MakeError(Reason::kCompacted,
                   absl::StrCat("changes after revision ", revision, " are kept no longer; the oldest are those after ",
                                bounds.oldest_revision),
                   metadata);
}

}  // namespace toolcatalog
