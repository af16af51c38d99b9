#ifndef RELOAD_SERVICE_REQUEST_RULES_H_
#define RELOAD_SERVICE_REQUEST_RULES_H_

#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"

namespace toolcatalog {

// The rules of this service's requests. Each returns INVALID_ARGUMENT that names field, rule and value.

// Parses a request that arrives as bytes.
absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* request);

absl::Status CheckToolName(absl::string_view name);
// A short printable text, or nothing.
absl::Status CheckShortText(absl::string_view field, absl::string_view text);
// The size of a page, or of a list: `value` if given, else the default of 50.
absl::StatusOr<int> PageSize(absl::string_view field, bool given, int value);
// Empty, or one of the triggers.
absl::Status CheckTrigger(absl::string_view trigger);

// The token of the page that follows the profile of `key`, and back. No token = "".
std::string MakePageToken(absl::string_view key);
absl::StatusOr<std::string> ParsePageToken(absl::string_view token);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_REQUEST_RULES_H_
