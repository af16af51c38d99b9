#ifndef COMMON_ERROR_REASONS_H_
#define COMMON_ERROR_REASONS_H_

#include "absl/status/status.h"

namespace toolcatalog {

// Why a call failed. The error carries the reason's name in its `google.rpc.ErrorInfo`. docs/errors.md says what each
// reason means and what a caller should do.
enum class Reason {
  kInvalidField,
  kMalformedRequest,
  kRequestTooLarge,
  kRequestIdReused,
  kRevisionUnavailable,
  kToolNotFound,
  kVersionNotFound,
  kProfileNotFound,
  kReplicaNotFound,
  kHookNotFound,
  kToolExists,
  kDuplicateTool,
  kHookExists,
  kWebhookReplayed,
  kSignatureInvalid,
  kWebhookExpired,
  kWebhookSecretMissing,
  kEtagMismatch,
  kDatabaseConflict,
  kVersionLimit,
  kVersionNotInRevision,
  kDeletedInRevision,
  kImportRulesChanged,
  kExportTooLarge,
  kReplicaFrozen,
  kHookConfigured,
  kHookHostNotAllowed,
  kCompacted,
  kHistoryDiverged,
  kHookLimit,
  kQueueFull,
  kTooManyReplicas,
  kTooManyStreams,
  kTooManyWaits,
  kTooManyWebhooks,
  kMemoryBudgetExhausted,
  kDeadlineExceeded,
  kRevisionNotApplied,
  kReloadUnfinished,
  kCancelled,
  kShuttingDown,
  kDatabaseUnavailable,
  kNotReplicated,
  kCatalogUnavailable,
  kCacheNotLoaded,
  kServiceUnavailable,
  kInternalError,
  kDataLoss,
  // The rest say no more than the gRPC code of the same name.
  kUnknown,
  kInvalidArgument,
  kNotFound,
  kAlreadyExists,
  kPermissionDenied,
  kUnauthenticated,
  kResourceExhausted,
  kFailedPrecondition,
  kAborted,
  kOutOfRange,
  kUnimplemented,
};

// What is known of a reason.
struct ReasonEntry {
  Reason reason;
  // The value of `ErrorInfo.reason`, for example "TOOL_NOT_FOUND".
  const char* name;
  // The gRPC code of every error with this reason.
  absl::StatusCode code;
  // One sentence for people.
  const char* meaning;
};

const ReasonEntry& EntryOf(Reason reason);

// The reason of an error of which only the code is known.
Reason DefaultReason(absl::StatusCode code);

}  // namespace toolcatalog

#endif  // COMMON_ERROR_REASONS_H_
