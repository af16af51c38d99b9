#ifndef COMMON_STATUS_H_
#define COMMON_STATUS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// One broken rule of one field.
struct Violation {
  // Path of the field from the request's or definition's root, for example `capabilities[0].description`.
  std::string path;
  // The rule and the value received, for example `must be from 0 to 1, got 7`.
  std::string message;
};

// INVALID_ARGUMENT that names every violation; carries a `google.rpc.BadRequest`. Details stay under 4 KiB: the first
// violations, then "and N more". `violations` must not be empty.
absl::Status InvalidArgumentError(const std::vector<Violation>& violations);
absl::Status InvalidArgumentError(absl::string_view path, absl::string_view message);

// `status` with a `google.rpc.ErrorInfo` of domain "toolcatalog"; one that it already carries keeps its reason when
// `reason` is empty and gains the metadata.
absl::Status WithErrorInfo(absl::Status status, absl::string_view reason,
                           const std::map<std::string, std::string>& metadata);

// Reason of the `google.rpc.ErrorInfo` that `status` carries, or "".
std::string ErrorReason(const absl::Status& status);

// Value of a metadata key of the `google.rpc.ErrorInfo` that `status` carries, or "".
std::string ErrorMetadata(const absl::Status& status, absl::string_view key);

// Reasons used in ErrorInfo.
inline constexpr char kReasonNotFound[] = "NOT_FOUND";
inline constexpr char kReasonEtagMismatch[] = "ETAG_MISMATCH";
inline constexpr char kReasonCompacted[] = "COMPACTED";
inline constexpr char kReasonHistoryDiverged[] = "HISTORY_DIVERGED";
inline constexpr char kReasonRequestIdReused[] = "REQUEST_ID_REUSED";
inline constexpr char kReasonRevisionUnavailable[] = "REVISION_UNAVAILABLE";
inline constexpr char kReasonNotExecuted[] = "NOT_EXECUTED";
inline constexpr char kReasonOutcomeUnknown[] = "OUTCOME_UNKNOWN";

// Metadata key of a failed write: NOT_EXECUTED or OUTCOME_UNKNOWN.
inline constexpr char kOutcomeKey[] = "outcome";

// Failed write of which nothing was stored, or of which it is not known whether it was. An outcome that the status
// tells already is kept.
absl::Status NotExecuted(absl::Status status);
absl::Status OutcomeUnknown(absl::Status status);

}  // namespace toolcatalog

#endif  // COMMON_STATUS_H_
