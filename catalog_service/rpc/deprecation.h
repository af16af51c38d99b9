#ifndef CATALOG_SERVICE_RPC_DEPRECATION_H_
#define CATALOG_SERVICE_RPC_DEPRECATION_H_

#include <string>

#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Trailer of answers with a deprecated tool.
inline constexpr char kToolWarningKey[] = "x-tool-warning";

// What callers of a deprecated tool should know, as printable ASCII; "" for any other tool.
std::string DeprecationWarning(const v1::Tool& tool);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_DEPRECATION_H_
