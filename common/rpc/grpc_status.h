#ifndef COMMON_RPC_GRPC_STATUS_H_
#define COMMON_RPC_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace toolcatalog {

// The one place where statuses cross the wire. Payloads of an `absl::Status` travel as details of a google.rpc.Status,
// in both directions.
grpc::Status ToGrpcStatus(const absl::Status& status);
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace toolcatalog

#endif  // COMMON_RPC_GRPC_STATUS_H_
