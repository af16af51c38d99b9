#ifndef COMMON_STATUS_H_
#define COMMON_STATUS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/error_reasons.h"

namespace toolcatalog {

// A rule that the value of a field breaks.
struct Violation {
  // Path of the field from the request's or definition's root, for example `capabilities[0].description`.
  std::string path;
  // Rule, value and suggestion as one sentence, for example `must be from 0 to 1, got 7`.
  std::string message;
  // The parts of the message. They are "" where no caller asks for parts.
  // The rule alone, for example `must be from 0 to 1`.
  std::string rule;
  // The value that breaks the rule, cut to some 60 characters; "" if the value is missing.
  std::string value;
  // What was probably meant; "" if that is not known.
  std::string suggestion;
};

// Each makes a violation with all its parts: of a value that is missing, of a number, of a text. The message shows a
// text in quotes. It shows `number`, which may also describe a value ("a list of 3"), as it is.
Violation BrokenRule(absl::string_view path, absl::string_view rule);
Violation BrokenByNumber(absl::string_view path, absl::string_view rule, absl::string_view number);
Violation BrokenByText(absl::string_view path, absl::string_view rule, absl::string_view text,
                       absl::string_view suggestion);

using ErrorDetails = std::map<std::string, std::string>;

// Makes the error of a call. Its code is that of `reason`; its `google.rpc.ErrorInfo` has the domain "toolcatalog", the
// reason and `metadata`. This function and the next ones make all errors that a caller may get.
absl::Status MakeError(Reason reason, absl::string_view message, const ErrorDetails& metadata = {});

// The same, about fields. The error also carries a `google.rpc.BadRequest` that lists the violations. Its details stay
// under 4 KiB: if there are too many violations, it lists the first ones, then "and N more". `violations` must not be
// empty.
absl::Status MakeError(Reason reason, const std::vector<Violation>& violations, const ErrorDetails& metadata = {});

// Each makes an error with the code INVALID_ARGUMENT and the reason INVALID_FIELD.
absl::Status InvalidArgumentError(const std::vector<Violation>& violations);
absl::Status InvalidArgumentError(absl::string_view path, absl::string_view message);

// The rule that a missing field breaks.
inline constexpr char kIsRequired[] = "is required";

// Returns `status` with `metadata` added to its `google.rpc.ErrorInfo`. A status without one gets one, with the default
// reason of its code.
absl::Status WithMetadata(absl::Status status, const ErrorDetails& metadata);

// The reason in the `google.rpc.ErrorInfo` of `status`; "" if it has none.
std::string ErrorReason(const absl::Status& status);
bool HasReason(const absl::Status& status, Reason reason);

// The value of a metadata key in the `google.rpc.ErrorInfo` of `status`; "" if it has none.
std::string ErrorMetadata(const absl::Status& status, absl::string_view key);

// The paths of the fields that the `google.rpc.BadRequest` of `status` lists.
std::vector<std::string> ViolatedFields(const absl::Status& status);

// The metadata key that says what became of a failed write, and its values.
inline constexpr char kOutcomeKey[] = "outcome";
inline constexpr char kNotExecuted[] = "NOT_EXECUTED";
inline constexpr char kOutcomeUnknown[] = "OUTCOME_UNKNOWN";

// Add the outcome to the error of a failed write: nothing was stored, or it is not known whether the write was stored.
// The reason stays. If the status already tells an outcome, that outcome stays too.
absl::Status NotExecuted(absl::Status status);
absl::Status OutcomeUnknown(absl::Status status);

}  // namespace toolcatalog

#endif  // COMMON_STATUS_H_
