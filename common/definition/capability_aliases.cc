#include "common/definition/capability_aliases.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "common/text.h"

namespace toolcatalog {

CapabilityAliases::Groups CapabilityAliases::DefaultGroups() {
  return {{"file_reading", {"file_read", "file_access", "read_file"}},
          {"file_writing", {"file_write", "file_modify", "write_file"}},
          {"system_monitoring", {"process_monitoring", "system_status", "resource_monitoring"}},
          {"service_control", {"service_management", "daemon_control"}},
          {"network_connectivity", {"connectivity_test", "network_test", "ping_test"}},
          {"network_analysis", {"traffic_analysis", "connection_analysis"}},
          {"asset_query", {"asset_search", "inventory_query"}},
          {"credential_access", {"credential_management", "credential_lookup"}},
          {"docker_management", {"container_management", "docker_control"}},
          {"database_query", {"db_query", "sql_execution"}}};
}

absl::StatusOr<CapabilityAliases> CapabilityAliases::Make(const Groups& groups) {
  CapabilityAliases aliases;
  for (const auto& [group, others] : groups) {
    std::vector<std::string> names = others;
    names.push_back(group);
    for (const std::string& name : names) {
      if (!IsShortText(name)) {
        return absl::InvalidArgumentError(absl::StrCat("capability_aliases.", group,
                                                       ": must hold printable names of 1 to ", kMaxShortTextCharacters,
                                                       " characters, got ", Quoted(name)));
      }
      if (!aliases.group_of_.insert({name, aliases.groups_.size()}).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("capability_aliases.", group, ": ", Quoted(name), " must stand in one group only, and once"));
      }
    }
    std::sort(names.begin(), names.end());
    aliases.groups_.push_back(std::move(names));
  }
  return aliases;
}

std::vector<std::string> CapabilityAliases::NamesFor(const std::string& name) const {
  std::vector<std::string> names = {name};
  auto group = group_of_.find(name);
  if (group == group_of_.end()) return names;
  for (const std::string& other : groups_[group->second]) {
    if (other != name) names.push_back(other);
  }
  return names;
}

}  // namespace toolcatalog
