#ifndef COMMON_RPC_REQUEST_RULES_H_
#define COMMON_RPC_REQUEST_RULES_H_

#include <grpcpp/support/byte_buffer.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"
#include "toolcatalog/v1/profile.pb.h"

namespace toolcatalog {

// Checks of fields that requests have in common. Each returns INVALID_ARGUMENT that names field, rule and value.

// Parses a request that arrives as bytes.
absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* request);

absl::Status CheckToolName(absl::string_view name);
// The same, or nothing.
absl::Status CheckOptionalToolName(absl::string_view name);
// A short printable text, or nothing.
absl::Status CheckShortText(absl::string_view field, absl::string_view text);
// 0 = none.
absl::Status CheckMinRevision(int64_t revision);
// A revision that has to be given.
absl::Status CheckRevision(int64_t revision);
absl::Status CheckProfileFilters(const v1::ListProfilesRequest& request);
// Empty, or one of the triggers.
absl::Status CheckTrigger(absl::string_view trigger);

}  // namespace toolcatalog

#endif  // COMMON_RPC_REQUEST_RULES_H_
