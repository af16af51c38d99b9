#include "catalog_service/rpc/deprecation.h"

#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"

namespace toolcatalog {
namespace {

constexpr char kToolWarningKey[] = "x-tool-warning";

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

}  // namespace

// gRPC ends the process on a trailer that is not printable ASCII.
void WarnOfDeprecation(const v1::Tool& tool, grpc::CallbackServerContext& context) {
  const std::string warning = DeprecationWarning(tool);
  if (warning.empty() || !absl::c_all_of(warning, absl::ascii_isprint)) return;
  context.AddTrailingMetadata(kToolWarningKey, warning);
}

}  // namespace toolcatalog
