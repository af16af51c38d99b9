#ifndef CATALOG_SERVICE_CHANGES_WATCH_FILTER_H_
#define CATALOG_SERVICE_CHANGES_WATCH_FILTER_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "catalog_service/model/facets.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// Decides what of the catalog a watch stream shows. A change passes if its kind passes, and if the version passes all
// filters of tools before the write or after it. So a consumer also sees a tool leave its selection. Immutable.
class WatchFilter {
 public:
  // `capability_names` are the names that the request's capability is accepted under, if it has one. `request` must be
  // valid, see `CheckWatchRequest`.
  WatchFilter(const v1::WatchToolsRequest& request, std::vector<std::string> capability_names);

  // Whether there is no filter at all.
  bool passes_all() const { return passes_all_; }
  bool Passes(const ChangeFacts& change) const;
  // Whether a version in this state passes all filters of tools. Facets that are not known ("") pass.
  bool PassesVersion(absl::string_view name_key, absl::string_view facets) const;

 private:
  bool PassesName(absl::string_view name_key) const;
  bool PassesFacets(absl::string_view facets) const;

  absl::flat_hash_set<std::string> name_keys_;
  std::string platform_;
  std::string category_;
  std::vector<std::string> capability_names_;
  std::vector<std::string> kinds_;
  bool passes_all_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_WATCH_FILTER_H_
