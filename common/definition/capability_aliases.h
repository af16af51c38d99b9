#ifndef COMMON_DEFINITION_CAPABILITY_ALIASES_H_
#define COMMON_DEFINITION_CAPABILITY_ALIASES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace toolcatalog {

// The other names under which pipelines ask for a capability. Each group has the names that mean the same capability.
// Names are the same only if every byte is the same. Immutable, so thread-safe.
class CapabilityAliases {
 public:
  // From the name of a group to its other names.
  using Groups = std::map<std::string, std::vector<std::string>>;

  // The groups that apply unless others are configured.
  static Groups DefaultGroups();

  // INVALID_ARGUMENT, with the name of the group, if a name is not a short text, or if it stands in two places.
  static absl::StatusOr<CapabilityAliases> Make(const Groups& groups);

  // `name` itself, then the other names of its group, if it has one, in the order of the alphabet.
  std::vector<std::string> NamesFor(const std::string& name) const;

 private:
  // `groups_` has the names of each group, sorted. `group_of_` has the index of each name's group.
  std::vector<std::vector<std::string>> groups_;
  std::map<std::string, size_t> group_of_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_CAPABILITY_ALIASES_H_
