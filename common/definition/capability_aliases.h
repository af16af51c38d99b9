#ifndef COMMON_DEFINITION_CAPABILITY_ALIASES_H_
#define COMMON_DEFINITION_CAPABILITY_ALIASES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace toolcatalog {

// Which capabilities pipelines also ask for under other names: groups of names that mean the same. Names are compared
// exactly. Thread-safe.
class CapabilityAliases {
 public:
  // Other names of a group, by its name.
  using Groups = std::map<std::string, std::vector<std::string>>;

  // The groups in force where nothing else is configured.
  static Groups DefaultGroups();

  // INVALID_ARGUMENT that names the group if a name is no short text, or stands twice.
  static absl::StatusOr<CapabilityAliases> Make(const Groups& groups);

  // `name` itself, then the other names of its group, in order.
  std::vector<std::string> NamesFor(const std::string& name) const;

 private:
  // All names of each group, in order, and the group of each name.
  std::vector<std::vector<std::string>> groups_;
  std::map<std::string, size_t> group_of_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_CAPABILITY_ALIASES_H_
