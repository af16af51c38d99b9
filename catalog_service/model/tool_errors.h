#ifndef CATALOG_SERVICE_MODEL_TOOL_ERRORS_H_
#define CATALOG_SERVICE_MODEL_TOOL_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/status.h"

namespace toolcatalog {

// The names that an error carries: those of a tool and, unless `version` is empty, of its version.
ErrorDetails Naming(absl::string_view tool_name, absl::string_view version);

// TOOL_NOT_FOUND, or VERSION_NOT_FOUND unless `version` is empty. `details` go with the names.
absl::Status ToolNotFound(absl::string_view tool_name, absl::string_view version, absl::string_view message,
                          ErrorDetails details = {});

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_TOOL_ERRORS_H_
