#ifndef COMMON_RPC_GRPC_STATUS_H_
#define COMMON_RPC_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace toolcatalog {

// The one place where statuses cross the wire. Payloads of an `absl::Status` travel as details of a google.rpc.Status,
// in both directions. No error goes out without a `google.rpc.ErrorInfo`: one that has none gets the reason of its
// code.
grpc::Status ToGrpcStatus(const absl::Status& error);
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace toolcatalog

#endif  // COMMON_RPC_GRPC_STATUS_H_
