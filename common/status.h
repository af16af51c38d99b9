#ifndef COMMON_STATUS_H_
#define COMMON_STATUS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/error_reasons.h"

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

using ErrorDetails = std::map<std::string, std::string>;

// The error of a call: the code of `reason`, and a `google.rpc.ErrorInfo` of domain "toolcatalog" with reason and
// metadata. All errors that a caller may get are made by this function and the next ones.
absl::Status MakeError(Reason reason, absl::string_view message, const ErrorDetails& metadata = {});

// The same about fields; carries a `google.rpc.BadRequest` too, which names every violation. Details stay under 4 KiB:
// the first violations, then "and N more". `violations` must not be empty.
absl::Status MakeError(Reason reason, const std::vector<Violation>& violations, const ErrorDetails& metadata = {});

// INVALID_ARGUMENT, reason INVALID_FIELD.
absl::Status InvalidArgumentError(const std::vector<Violation>& violations);
absl::Status InvalidArgumentError(absl::string_view path, absl::string_view message);

// What a field breaks that is not given.
inline constexpr char kIsRequired[] = "is required";

// `status` with a `google.rpc.ErrorInfo` in any case. It keeps the reason that it has, or gets that of its code, and
// gains the metadata.
absl::Status WithMetadata(absl::Status status, const ErrorDetails& metadata);

// Reason of the `google.rpc.ErrorInfo` that `status` carries, or "".
std::string ErrorReason(const absl::Status& status);
bool HasReason(const absl::Status& status, Reason reason);

// Value of a metadata key of the `google.rpc.ErrorInfo` that `status` carries, or "".
std::string ErrorMetadata(const absl::Status& status, absl::string_view key);

// Fields of the violations in the `google.rpc.BadRequest` that `status` carries.
std::vector<std::string> ViolatedFields(const absl::Status& status);

// Metadata key of a failed write, and its values.
inline constexpr char kOutcomeKey[] = "outcome";
inline constexpr char kNotExecuted[] = "NOT_EXECUTED";
inline constexpr char kOutcomeUnknown[] = "OUTCOME_UNKNOWN";

// Failed write of which nothing was stored, or of which it is not known whether it was. The reason stays, and so does
// an outcome that the status tells already.
absl::Status NotExecuted(absl::Status status);
absl::Status OutcomeUnknown(absl::Status status);

}  // namespace toolcatalog

#endif  // COMMON_STATUS_H_
