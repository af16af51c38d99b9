#ifndef COMMON_RPC_CALL_ANSWERS_H_
#define COMMON_RPC_CALL_ANSWERS_H_

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace toolcatalog {

// Until when a call may wait: `limit` from now, or its deadline less the time that the answer needs for its way back.
absl::Time WaitUntil(const grpc::CallbackServerContext& context, absl::Duration limit);

// Answers a unary call at once.
grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context, const absl::Status& status);
// The same, and logs the call.
grpc::ServerUnaryReactor* FinishLogged(absl::string_view method, grpc::CallbackServerContext* context,
                                       const absl::Status& status);

}  // namespace toolcatalog

#endif  // COMMON_RPC_CALL_ANSWERS_H_
