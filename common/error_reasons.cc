#include "common/error_reasons.h"

#include <cstddef>

namespace toolcatalog {
namespace {

using Code = absl::StatusCode;

// In the order of the enumeration. docs/errors.md repeats name, code and meaning; a test of the gateway compares them.
constexpr ReasonEntry kEntries[] = {
    {Reason::kInvalidField, "INVALID_FIELD", Code::kInvalidArgument, "A field has a value that it cannot have."},
    {Reason::kMalformedRequest, "MALFORMED_REQUEST", Code::kInvalidArgument,
     "The request is not a message of its type."},
    {Reason::kRequestTooLarge, "REQUEST_TOO_LARGE", Code::kInvalidArgument,
     "The request is larger than its method takes."},
    {Reason::kRequestIdReused, "REQUEST_ID_REUSED", Code::kInvalidArgument,
     "The request_id was used for another request."},
    {Reason::kRevisionUnavailable, "REVISION_UNAVAILABLE", Code::kInvalidArgument,
     "The catalog has not reached the revision."},
    {Reason::kToolNotFound, "TOOL_NOT_FOUND", Code::kNotFound, "The tool does not exist, or did not at the revision."},
    {Reason::kVersionNotFound, "VERSION_NOT_FOUND", Code::kNotFound,
     "The version of the tool does not exist, or did not at the revision."},
    {Reason::kProfileNotFound, "PROFILE_NOT_FOUND", Code::kNotFound,
     "The tool has no profile: it does not exist, is disabled, or is neither active nor testing."},
    {Reason::kReplicaNotFound, "REPLICA_NOT_FOUND", Code::kNotFound,
     "No such replica has reported within the last 30 s."},
    {Reason::kHookNotFound, "HOOK_NOT_FOUND", Code::kNotFound, "The hook does not exist."},
    {Reason::kToolExists, "TOOL_EXISTS", Code::kAlreadyExists, "The tool has such a version."},
    {Reason::kDuplicateTool, "DUPLICATE_TOOL", Code::kAlreadyExists,
     "The request has the same version of the tool twice."},
    {Reason::kHookExists, "HOOK_EXISTS", Code::kAlreadyExists, "There is a hook of that name."},
    {Reason::kWebhookReplayed, "WEBHOOK_REPLAYED", Code::kAlreadyExists, "The webhook has been accepted before."},
    {Reason::kSignatureInvalid, "SIGNATURE_INVALID", Code::kUnauthenticated,
     "The webhook's signature or timestamp is missing, malformed, or not made with a configured secret."},
    {Reason::kWebhookExpired, "WEBHOOK_EXPIRED", Code::kUnauthenticated,
     "The webhook's timestamp is too far from the server's clock, or before the start of the service."},
    {Reason::kWebhookSecretMissing, "WEBHOOK_SECRET_MISSING", Code::kUnauthenticated,
     "The service has no webhook secret, and so accepts no webhook."},
    {Reason::kEtagMismatch, "ETAG_MISMATCH", Code::kAborted, "The tool is not in the state that the write demands."},
    {Reason::kDatabaseConflict, "DATABASE_CONFLICT", Code::kAborted,
     "The database gave other work precedence each time that the write was tried."},
    {Reason::kVersionLimit, "VERSION_LIMIT", Code::kFailedPrecondition,
     "The tool has as many versions as are allowed."},
    {Reason::kVersionNotInRevision, "VERSION_NOT_IN_REVISION", Code::kFailedPrecondition,
     "The tool did not have the version after the revision of the rollback."},
    {Reason::kDeletedInRevision, "DELETED_IN_REVISION", Code::kFailedPrecondition,
     "The revision of the rollback is the one that deleted the tool."},
    {Reason::kImportRulesChanged, "IMPORT_RULES_CHANGED", Code::kFailedPrecondition,
     "The repeated import is understood in another way than the first time."},
    {Reason::kExportTooLarge, "EXPORT_TOO_LARGE", Code::kFailedPrecondition,
     "The export is larger than one answer may be."},
    {Reason::kReplicaFrozen, "REPLICA_FROZEN", Code::kFailedPrecondition,
     "The replica is frozen, and so reloads nothing."},
    {Reason::kHookConfigured, "HOOK_CONFIGURED", Code::kFailedPrecondition,
     "The hook is in the configuration file, and can be deleted only there."},
    {Reason::kHookHostNotAllowed, "HOOK_HOST_NOT_ALLOWED", Code::kFailedPrecondition,
     "The configuration does not allow the host of the hook's URL."},
    {Reason::kCompacted, "COMPACTED", Code::kOutOfRange, "What was asked for is kept no longer."},
    {Reason::kHistoryDiverged, "HISTORY_DIVERGED", Code::kOutOfRange,
     "The position is not in the history of this database or process."},
    {Reason::kHookLimit, "HOOK_LIMIT", Code::kResourceExhausted, "There are as many hooks as are allowed."},
    {Reason::kQueueFull, "QUEUE_FULL", Code::kResourceExhausted, "Too many calls of this kind are waiting."},
    {Reason::kTooManyReplicas, "TOO_MANY_REPLICAS", Code::kResourceExhausted, "As many replicas report as may."},
    {Reason::kTooManyStreams, "TOO_MANY_STREAMS", Code::kResourceExhausted,
     "This server has as many streams of this kind open as it may."},
    {Reason::kTooManyWaits, "TOO_MANY_WAITS", Code::kResourceExhausted, "As many calls wait for a revision as may."},
    {Reason::kTooManyWebhooks, "TOO_MANY_WEBHOOKS", Code::kResourceExhausted,
     "Too many webhooks came within a few minutes."},
    {Reason::kMemoryBudgetExhausted, "MEMORY_BUDGET_EXHAUSTED", Code::kResourceExhausted,
     "The calls in flight hold all the memory that they may; this one would need more."},
    {Reason::kDeadlineExceeded, "DEADLINE_EXCEEDED", Code::kDeadlineExceeded,
     "The service did not answer before the call's deadline."},
    {Reason::kRevisionNotApplied, "REVISION_NOT_APPLIED", Code::kDeadlineExceeded,
     "The replicas had not applied the revision when the time of the call was over."},
    {Reason::kReloadUnfinished, "RELOAD_UNFINISHED", Code::kDeadlineExceeded,
     "The reload had not ended when the time of the call was over; it goes on."},
    {Reason::kCancelled, "CANCELLED", Code::kCancelled, "The caller cancelled the call."},
    {Reason::kShuttingDown, "SHUTTING_DOWN", Code::kUnavailable, "The server is shutting down."},
    {Reason::kDatabaseUnavailable, "DATABASE_UNAVAILABLE", Code::kUnavailable,
     "The catalog service cannot reach its database, or has no connection free."},
    {Reason::kNotReplicated, "NOT_REPLICATED", Code::kUnavailable,
     "The write was committed, but no standby may have it yet."},
    {Reason::kCatalogUnavailable, "CATALOG_UNAVAILABLE", Code::kUnavailable,
     "The reload service cannot reach the catalog service."},
    {Reason::kCacheNotLoaded, "CACHE_NOT_LOADED", Code::kUnavailable,
     "The reload service has not loaded the profiles yet."},
    {Reason::kServiceUnavailable, "SERVICE_UNAVAILABLE", Code::kUnavailable,
     "The service is not reachable, or went away before it answered."},
    {Reason::kInternalError, "INTERNAL_ERROR", Code::kInternal, "The server has a fault; its log has the cause."},
    {Reason::kDataLoss, "DATA_LOSS", Code::kDataLoss, "Stored data cannot be read."},
    {Reason::kUnknown, "UNKNOWN", Code::kUnknown, "No cause is known."},
    {Reason::kInvalidArgument, "INVALID_ARGUMENT", Code::kInvalidArgument,
     "The request breaks a rule that its message names."},
    {Reason::kNotFound, "NOT_FOUND", Code::kNotFound, "Something that the request names does not exist."},
    {Reason::kAlreadyExists, "ALREADY_EXISTS", Code::kAlreadyExists, "What the request would make exists already."},
    {Reason::kPermissionDenied, "PERMISSION_DENIED", Code::kPermissionDenied, "The caller may not do this."},
    {Reason::kUnauthenticated, "UNAUTHENTICATED", Code::kUnauthenticated, "It is not known who the caller is."},
    {Reason::kResourceExhausted, "RESOURCE_EXHAUSTED", Code::kResourceExhausted,
     "A limit is reached, such as that of a message's size."},
    {Reason::kFailedPrecondition, "FAILED_PRECONDITION", Code::kFailedPrecondition,
     "The system is not in the state that the request needs."},
    {Reason::kAborted, "ABORTED", Code::kAborted, "Other work got in the way."},
    {Reason::kOutOfRange, "OUT_OF_RANGE", Code::kOutOfRange, "The request asks for more than there is."},
    {Reason::kUnimplemented, "UNIMPLEMENTED", Code::kUnimplemented, "The service has no such method."},
};

constexpr bool IsInOrder() {
  int i = 0;
  for (const ReasonEntry& entry : kEntries) {
    if (static_cast<int>(entry.reason) != i++) return false;
  }
  return i == static_cast<int>(Reason::kUnimplemented) + 1;
}
static_assert(IsInOrder(), "each reason has one entry, at its place");

}  // namespace

const ReasonEntry& EntryOf(Reason reason) { return kEntries[static_cast<size_t>(reason)]; }

Reason DefaultReason(absl::StatusCode code) {
  switch (code) {
    case Code::kCancelled:
      return Reason::kCancelled;
    case Code::kDeadlineExceeded:
      return Reason::kDeadlineExceeded;
    case Code::kUnavailable:
      return Reason::kServiceUnavailable;
    case Code::kInternal:
      return Reason::kInternalError;
    case Code::kDataLoss:
      return Reason::kDataLoss;
    case Code::kInvalidArgument:
      return Reason::kInvalidArgument;
    case Code::kNotFound:
      return Reason::kNotFound;
    case Code::kAlreadyExists:
      return Reason::kAlreadyExists;
    case Code::kPermissionDenied:
      return Reason::kPermissionDenied;
    case Code::kUnauthenticated:
      return Reason::kUnauthenticated;
    case Code::kResourceExhausted:
      return Reason::kResourceExhausted;
    case Code::kFailedPrecondition:
      return Reason::kFailedPrecondition;
    case Code::kAborted:
      return Reason::kAborted;
    case Code::kOutOfRange:
      return Reason::kOutOfRange;
    case Code::kUnimplemented:
      return Reason::kUnimplemented;
    default:
      return Reason::kUnknown;
  }
}

}  // namespace toolcatalog
