#ifndef CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_RULES_H_
#define CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_RULES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/hook.pb.h"

namespace toolcatalog {

// The rules of requests that are about reload services. Each returns INVALID_ARGUMENT that names every violation.

// `now` is the catalog's time: no process has started after it.
absl::Status CheckReport(const internal::v1::ReportReloadEventsRequest& request, absl::Time now);
absl::Status CheckStoredHook(const v1::Hook& hook);
absl::Status CheckHookName(absl::string_view name);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_RULES_H_
