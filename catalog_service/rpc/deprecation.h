#ifndef CATALOG_SERVICE_RPC_DEPRECATION_H_
#define CATALOG_SERVICE_RPC_DEPRECATION_H_

#include <grpcpp/grpcpp.h>

#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Adds the trailer `x-tool-warning` to the answer of a call if `tool` is deprecated. The trailer says in printable
// ASCII what to use instead, and until when the tool works.
void WarnOfDeprecation(const v1::Tool& tool, grpc::CallbackServerContext& context);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_DEPRECATION_H_
