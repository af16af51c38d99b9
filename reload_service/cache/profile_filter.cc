#include "reload_service/cache/profile_filter.h"

#include "absl/algorithm/container.h"

namespace toolcatalog {

bool ProfileFilter::Passes(const ServedProfile& profile) const {
  if (!platform.empty() && profile.platform != platform) return false;
  if (!category.empty() && profile.category != category) return false;
  if (!tag.empty() && !absl::c_linear_search(profile.tags, tag)) return false;
  return capabilities.empty() || absl::c_any_of(capabilities, [&profile](const std::string& name) {
           return absl::c_linear_search(profile.capabilities, name);
         });
}

}  // namespace toolcatalog
