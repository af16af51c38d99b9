#include "catalog_service/replicas/report_fixture.h"

#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {

using google::protobuf::util::TimeUtil;
using internal::v1::ReportReloadEventsRequest;
using internal::v1::ReportReloadEventsResponse;

google::protobuf::Timestamp ReportFixture::At(int64_t seconds) {
  return TimeUtil::SecondsToTimestamp(kEpochSeconds + seconds);
}

ReportReloadEventsRequest ReportFixture::ReportOf(const std::string& replica, int boot,
                                                  const std::vector<int64_t>& event_ids) {
  ReportReloadEventsRequest request;
  v1::Replica& stands = *request.mutable_replica();
  stands.set_name(replica);
  stands.set_boot_id(absl::StrCat(replica, "/", boot));
  stands.set_state("live");
  stands.set_version("1.2.3");
  *stands.mutable_started_at() = At(1000 * boot);
  for (const int64_t id : event_ids) {
    v1::ReloadEvent& event = *request.add_events();
    event.set_replica(replica);
    event.set_boot_id(stands.boot_id());
    event.set_event_id(id);
    event.set_trigger("api_update");
    event.set_success(true);
    *event.mutable_timestamp() = At(1000 * boot + id);
  }
  return request;
}

void ReportFixture::SetUp() {
  StoreFixture::SetUp();
  reports_ = std::make_unique<ReplicaReportStore>(pool_.get());
  events_ = std::make_unique<ReloadEventList>(pool_.get());
}

ReportReloadEventsResponse ReportFixture::Report(const ReportReloadEventsRequest& request) {
  auto response = reports_->Report(request);
  EXPECT_THAT(response, IsOk());
  return response.ok() ? *std::move(response) : ReportReloadEventsResponse();
}

ReportReloadEventsResponse ReportFixture::Report(const std::string& replica, int boot,
                                                 const std::vector<int64_t>& event_ids) {
  return Report(ReportOf(replica, boot, event_ids));
}

v1::ListReloadEventsResponse ReportFixture::List(EventQuery query) {
  if (query.limit == 0) query.limit = 1000;
  auto page = events_->List(query);
  EXPECT_THAT(page, IsOk());
  return page.ok() ? std::move(page->response) : v1::ListReloadEventsResponse();
}

std::vector<std::string> ReportFixture::Ids(const EventQuery& query) {
  std::vector<std::string> ids;
  const v1::ListReloadEventsResponse response = List(query);
  for (const auto& event : response.history()) ids.push_back(absl::StrCat(event.boot_id(), ":", event.event_id()));
  if (query.limit == 0) {
    EXPECT_EQ(response.total(), static_cast<int>(ids.size()));
  }
  return ids;
}

std::vector<ReportFixture::Gap> ReportFixture::Gaps(const EventQuery& query) {
  std::vector<Gap> gaps;
  const v1::ListReloadEventsResponse response = List(query);
  for (const auto& gap : response.gaps()) {
    EXPECT_EQ(gap.boot_id().substr(0, gap.replica().size()), gap.replica());
    gaps.emplace_back(gap.boot_id(), gap.after_event_id(), gap.has_missing() ? gap.missing() : -1,
                      gap.until().seconds() - kEpochSeconds);
  }
  return gaps;
}

v1::ListReplicasResponse ReportFixture::Replicas(bool with_statistics) {
  auto response = reports_->Replicas(with_statistics);
  EXPECT_THAT(response, IsOk());
  return response.ok() ? *std::move(response) : v1::ListReplicasResponse();
}

void ReportFixture::AgeReplicas(const std::string& interval) {
  Sql(absl::StrCat("update replicas set reported_at = reported_at - interval '", interval,
                   "'; update replica_boots set reported_at = reported_at - interval '", interval, "'"));
}

absl::StatusOr<int64_t> ReportFixture::RemoveOld(const EventRetention& retention) {
  auto connection = PgConnection::Connect(Options("test"));
  if (!connection.ok()) return connection.status();
  int64_t total = 0;
  const absl::Status status = RemoveOldReports(**connection, retention, [&total](int64_t removed) {
    total += removed;
    return true;
  });
  if (!status.ok()) return status;
  return total;
}

}  // namespace toolcatalog
