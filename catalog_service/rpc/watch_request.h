#ifndef CATALOG_SERVICE_RPC_WATCH_REQUEST_H_
#define CATALOG_SERVICE_RPC_WATCH_REQUEST_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/definition/validation/definition_validator.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// INVALID_ARGUMENT that names every wrong field.
absl::Status CheckWatchRequest(const v1::WatchToolsRequest& request, const Vocabulary& vocabulary);

// How long a stream may send nothing.
absl::Duration BookmarkInterval(const v1::WatchToolsRequest& request);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_WATCH_REQUEST_H_
