#ifndef COMMON_ERROR_REASONS_H_
#define COMMON_ERROR_REASONS_H_

#include "absl/status/status.h"

namespace toolcatalog {

// Why a call failed, as the `google.rpc.ErrorInfo` of its error tells. docs/errors.md says what a caller does then.
enum class Reason {
  kInvalidField,
  kMalformedRequest,
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
  // No more is known than gRPC's code.
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

struct ReasonEntry {
  Reason reason;
  // In `ErrorInfo.reason`.
  const char* name;
  absl::StatusCode code;
  const char* meaning;
};

const ReasonEntry& EntryOf(Reason reason);

// The reason of an error whose maker named none.
Reason DefaultReason(absl::StatusCode code);

}  // namespace toolcatalog

#endif  // COMMON_ERROR_REASONS_H_
