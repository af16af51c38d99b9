#ifndef CATALOG_SERVICE_REPLICAS_REPORT_FIXTURE_H_
#define CATALOG_SERVICE_REPLICAS_REPORT_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "catalog_service/replicas/reload_event_list.h"
#include "catalog_service/replicas/replica_report_store.h"
#include "catalog_service/replicas/report_retention.h"
#include "catalog_service/testing/store_fixture.h"
#include "google/protobuf/timestamp.pb.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// A database to which reload services report. Times of tests count from an epoch of their own.
class ReportFixture : public StoreFixture {
 protected:
  static constexpr int64_t kEpochSeconds = 1790000000;

  static google::protobuf::Timestamp At(int64_t seconds);
  // A report of the process "<replica>/<boot>", which started 1,000 * `boot` seconds after the epoch. Each event ended
  // as many seconds later as its id says.
  static internal::v1::ReportReloadEventsRequest ReportOf(const std::string& replica, int boot,
                                                          const std::vector<int64_t>& event_ids = {});

  void SetUp() override;

  // Both fail the test if the report is not stored.
  internal::v1::ReportReloadEventsResponse Report(const internal::v1::ReportReloadEventsRequest& request);
  internal::v1::ReportReloadEventsResponse Report(const std::string& replica, int boot,
                                                  const std::vector<int64_t>& event_ids = {});

  // A query without a limit gets up to 1,000 events.
  v1::ListReloadEventsResponse List(EventQuery query = {});
  // The events of a list as "boot:id", newest first.
  std::vector<std::string> Ids(const EventQuery& query = {});
  // A gap as (boot, after event, missing or -1, seconds of `until`).
  using Gap = std::tuple<std::string, int64_t, int64_t, int64_t>;
  std::vector<Gap> Gaps(const EventQuery& query = {});

  v1::ListReplicasResponse Replicas(bool with_statistics = false);
  // Makes all reports so much older; `interval` is PostgreSQL's.
  void AgeReplicas(const std::string& interval);
  // Removes what is kept no longer; the number of events removed.
  absl::StatusOr<int64_t> RemoveOld(const EventRetention& retention);

  std::unique_ptr<ReplicaReportStore> reports_;
  std::unique_ptr<ReloadEventList> events_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_REPORT_FIXTURE_H_
