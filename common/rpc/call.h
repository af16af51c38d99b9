#ifndef COMMON_RPC_CALL_H_
#define COMMON_RPC_CALL_H_

#include <grpcpp/grpcpp.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace toolcatalog {

// What a handler wants to know of the call it serves.
struct CallInfo {
  // Metadata `x-actor`, else `x-actor-bin`, or "".
  std::string actor;
  // Metadata `x-request-id`, or "".
  std::string request_id;
  // Metadata `if-match`.
  std::optional<std::string> if_match;
  // Where the call comes from: see `CallerAddress`.
  std::string peer;
  absl::Time deadline;
  absl::Time start;
};
CallInfo InfoOf(const grpc::CallbackServerContext& context);

// Where a call comes from, see `CallerAddress`: on whose behalf it takes places and memory.
std::string CallerOf(const grpc::CallbackServerContext& context);

// Writes the log line of a finished call; as an error if the fault is ours.
void LogCall(absl::string_view method, const CallInfo& info, const absl::Status& status);

// DEADLINE_EXCEEDED or CANCELLED if nobody waits for the answer any more, else OK.
absl::Status StillWanted(const grpc::CallbackServerContext& context, absl::Time deadline);

// Answers RESOURCE_EXHAUSTED: the server's queue for this kind of call is full.
absl::Status QueueFull();

}  // namespace toolcatalog

#endif  // COMMON_RPC_CALL_H_
