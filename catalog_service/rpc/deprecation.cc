#include "catalog_service/rpc/deprecation.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"

namespace toolcatalog {

// Names are ASCII; the reason need not be, and stands in the tool itself.
std::string DeprecationWarning(const v1::Tool& tool) {
  if (tool.status() != "deprecated") return "";
  std::string warning = absl::StrCat("tool \"", tool.tool_name(), "\" is deprecated");
  if (!tool.replacement().empty()) absl::StrAppend(&warning, "; use \"", tool.replacement(), "\"");
  if (tool.has_sunset_at()) {
    absl::StrAppend(&warning, "; it ends at ", google::protobuf::util::TimeUtil::ToString(tool.sunset_at()));
  }
  return warning;
}

}  // namespace toolcatalog
