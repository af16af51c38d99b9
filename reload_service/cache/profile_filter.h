#ifndef RELOAD_SERVICE_CACHE_PROFILE_FILTER_H_
#define RELOAD_SERVICE_CACHE_PROFILE_FILTER_H_

#include <string>
#include <vector>

#include "reload_service/cache/profile_entry.h"

namespace toolcatalog {

// Says which profiles are wanted: those that meet every condition. An empty field is no condition. Texts are compared
// exactly.
struct ProfileFilter {
  // Names of capabilities of which a tool must have one.
  std::vector<std::string> capabilities;
  std::string platform;
  std::string category;
  // In lower case.
  std::string tag;

  // Whether every profile passes.
  bool empty() const { return capabilities.empty() && platform.empty() && category.empty() && tag.empty(); }
  bool Passes(const ServedProfile& profile) const;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_PROFILE_FILTER_H_
