#ifndef CATALOG_SERVICE_MODEL_REQUEST_MEMORY_H_
#define CATALOG_SERVICE_MODEL_REQUEST_MEMORY_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog_service/model/mutation.h"
#include "google/protobuf/message.h"

namespace toolcatalog {

// A write that was applied and whose request had an id.
struct RememberedRequest {
  std::string method;
  std::string hash;
  // See `EncodeAnswer`.
  std::string answer;
};

// Actor and id.
using RequestKey = std::pair<std::string, std::string>;

// Writes the result of a write as bytes, which are kept for repetitions of its request, and reads them again. INTERNAL
// if the bytes are not an answer.
std::string EncodeAnswer(const MutationResult& result);
absl::StatusOr<MutationResult> DecodeAnswer(const std::string& bytes);

// SHA-256 of the tools of an import.
std::string HashOf(const ImportMutation& import);

// The identity of a request. INVALID_ARGUMENT that names `request_id` unless that is a UUID or empty.
absl::StatusOr<RequestIdentity> IdentifyRequest(absl::string_view request_id, const google::protobuf::Message& request);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_REQUEST_MEMORY_H_
