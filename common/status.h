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
  // Rule, value and suggestion as one sentence, for example `must be from 0 to 1, got 7`.
  std::string message;
  // The rule alone, for example `must be from 0 to 1`; like the next two, "" where nobody asks for the parts.
  std::string rule;
  // The value that breaks it, cut to some 60 characters; "" where there is none.
  std::string value;
  // What was probably meant; "" = no idea.
  std::string suggestion;
};

// A violation with all its parts. A text is quoted in the message; a number, or an account of a value, stands as it is.
Violation BrokenRule(absl::string_view path, absl::string_view rule);
Violation BrokenByNumber(absl::string_view path, absl::string_view rule, absl::string_view number);
Violation BrokenByText(absl::string_view path, absl::string_view rule, absl::string_view text,
                       absl::string_view suggestion);

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
inline constexpr char kReasonInternalError[] = "INTERNAL_ERROR";
inline constexpr char kReasonMemoryBudgetExhausted[] = "MEMORY_BUDGET_EXHAUSTED";

// Metadata key of a failed write: NOT_EXECUTED or OUTCOME_UNKNOWN.
inline constexpr char kOutcomeKey[] = "outcome";

// Failed write of which nothing was stored, or of which it is not known whether it was. An outcome that the status
// tells already is kept.
absl::Status NotExecuted(absl::Status status);
absl::Status OutcomeUnknown(absl::Status status);

}  // namespace toolcatalog

#endif  // COMMON_STATUS_H_
