#include "catalog_service/model/tool_errors.h"

#include <string>

namespace toolcatalog {

ErrorDetails Naming(absl::string_view tool_name, absl::string_view version) {
  ErrorDetails details = {{"tool_name", std::string(tool_name)}};
  if (!version.empty()) details["version"] = std::string(version);
  return details;
}

absl::Status ToolNotFound(absl::string_view tool_name, absl::string_view version, absl::string_view message,
                          ErrorDetails details) {
  details.merge(Naming(tool_name, version));
  return MakeError(version.empty() ? Reason::kToolNotFound : Reason::kVersionNotFound, message, details);
}

}  // namespace toolcatalog
