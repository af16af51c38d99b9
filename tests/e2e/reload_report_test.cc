// What reload services report to a real catalog process, and that every field of those requests has its effect.

#include <atomic>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "catalog_service/postgres/postgres.h"
#include "google/protobuf/util/time_util.h"
#include "tests/e2e/request_fields_fixture.h"
#include "tests/support/await.h"
#include "tests/support/child_process.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

using ::google::protobuf::util::TimeUtil;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kStart = 1700000000;

internal::v1::ReportReloadEventsRequest ReportOf(const std::string& replica, const std::string& boot,
                                                 const std::vector<int64_t>& event_ids) {
  internal::v1::ReportReloadEventsRequest request;
  request.mutable_replica()->set_name(replica);
  request.mutable_replica()->set_boot_id(boot);
  request.mutable_replica()->set_state("live");
  *request.mutable_replica()->mutable_started_at() = TimeUtil::SecondsToTimestamp(kStart + boot.back());
  for (const int64_t id : event_ids) {
    v1::ReloadEvent& event = *request.add_events();
    event.set_replica(replica);
    event.set_boot_id(boot);
    event.set_event_id(id);
    event.set_trigger("api_update");
    event.set_success(true);
    *event.mutable_timestamp() = TimeUtil::SecondsToTimestamp(kStart + 1000 + id);
  }
  return request;
}

class ReloadReportTest : public RequestFieldsFixture {
 protected:
  std::vector<int64_t> Ids(std::function<void(v1::ListReloadEventsRequest&)> set) {
    v1::ListReloadEventsRequest request;
    set(request);
    std::vector<int64_t> ids;
    const v1::ListReloadEventsResponse response = Stored(request);
    for (const v1::ReloadEvent& event : response.history()) ids.push_back(event.event_id());
    return ids;
  }
  v1::ListReloadEventsResponse Stored(const v1::ListReloadEventsRequest& filter) {
    internal::v1::ListStoredReloadEventsRequest request;
    *request.mutable_filter() = filter;
    return Ok(&InternalStub::ListStoredReloadEvents, request).events();
  }
  v1::ListReplicasResponse Replicas() { return Ok(&Stub::ListReplicas, v1::ListReplicasRequest()); }
};

TEST_F(ReloadReportTest, ReportFields) {
  ShowEffects({internal::v1::ReportReloadEventsRequest::descriptor()},
              {{"ReportReloadEventsRequest.replica",
                [&] {
                  internal::v1::ReportReloadEventsRequest request = ReportOf("a", "1", {});
                  request.mutable_replica()->set_state("frozen");
                  request.mutable_replica()->set_applied_revision(0);
                  Made("tool");
                  EXPECT_EQ(Ok(&InternalStub::ReportReloadEvents, request).revision(), 1);
                  const v1::ListReplicasResponse replicas = Replicas();
                  ASSERT_THAT(replicas.replicas(), testing::Not(IsEmpty()));
                  EXPECT_EQ(replicas.replicas(0).name(), "a");
                  EXPECT_EQ(replicas.replicas(0).state(), "frozen");
                  EXPECT_EQ(replicas.replicas(0).lag(), 1);
                }},
               {"ReportReloadEventsRequest.events",
                [&] {
                  Ok(&InternalStub::ReportReloadEvents, ReportOf("b", "1", {1, 2}));
                  EXPECT_THAT(Ids([](auto& r) { r.set_replica("b"); }), ElementsAre(2, 1));
                }},
               {"ReportReloadEventsRequest.stopping",
                [&] {
                  internal::v1::ReportReloadEventsRequest request = ReportOf("a", "2", {});
                  request.set_stopping(true);
                  EXPECT_EQ(Ok(&InternalStub::ReportReloadEvents, request).previous().state(), "frozen");
                  EXPECT_EQ(Replicas().replicas(0).state(), "stopped");
                }},
               {"ReportReloadEventsRequest.unanswered", [&] {
                  internal::v1::ReportReloadEventsRequest request = ReportOf("u", "1", {});
                  Ok(&InternalStub::ReportReloadEvents, request);
                  request = ReportOf("u", "2", {});
                  EXPECT_TRUE(Ok(&InternalStub::ReportReloadEvents, request).has_previous());
                  EXPECT_FALSE(Ok(&InternalStub::ReportReloadEvents, request).has_previous());
                  request.set_unanswered(true);
                  EXPECT_EQ(Ok(&InternalStub::ReportReloadEvents, request).previous().boot_id(), "1");
                }}});
}

TEST_F(ReloadReportTest, ListFields) {
  internal::v1::ReportReloadEventsRequest a = ReportOf("a", "1", {1, 2, 3});
  a.mutable_events(0)->set_trigger("startup");
  a.mutable_events(1)->set_tool_name("GreP");
  a.mutable_events(2)->set_success(false);
  a.mutable_replica()->mutable_statistics()->set_total_reloads(3);
  Ok(&InternalStub::ReportReloadEvents, a);
  Ok(&InternalStub::ReportReloadEvents, ReportOf("b", "1", {4}));
  ShowEffects(
      {v1::ListReloadEventsRequest::descriptor(), v1::ListReplicasRequest::descriptor()},
      {{"ListReloadEventsRequest.limit", [&] { EXPECT_THAT(Ids([](auto& r) { r.set_limit(2); }), ElementsAre(4, 3)); }},
       {"ListReloadEventsRequest.trigger_type",
        [&] { EXPECT_THAT(Ids([](auto& r) { r.set_trigger_type("startup"); }), ElementsAre(1)); }},
       {"ListReloadEventsRequest.tool_name",
        [&] { EXPECT_THAT(Ids([](auto& r) { r.set_tool_name("gREP"); }), ElementsAre(2)); }},
       {"ListReloadEventsRequest.success",
        [&] { EXPECT_THAT(Ids([](auto& r) { r.set_success(false); }), ElementsAre(3)); }},
       {"ListReloadEventsRequest.replica",
        [&] { EXPECT_THAT(Ids([](auto& r) { r.set_replica("b"); }), ElementsAre(4)); }},
       {"ListReloadEventsRequest.since",
        [&] { EXPECT_THAT(Ids([&](auto& r) { *r.mutable_since() = a.events(2).timestamp(); }), ElementsAre(4, 3)); }},
       {"ListReloadEventsRequest.until",
        [&] { EXPECT_THAT(Ids([&](auto& r) { *r.mutable_until() = a.events(2).timestamp(); }), ElementsAre(2, 1)); }},
       {"ListReloadEventsRequest.page_token",
        [&] {
          v1::ListReloadEventsRequest page;
          page.set_limit(3);
          page.set_page_token(Stored(page).next_page_token());
          EXPECT_THAT(Ids([&](auto& r) { r = page; }), ElementsAre(1));
        }},
       {"ListReplicasRequest.statistics", [&] {
          EXPECT_FALSE(Replicas().replicas(0).has_statistics());
          v1::ListReplicasRequest request;
          request.set_statistics(true);
          EXPECT_EQ(Ok(&Stub::ListReplicas, request).replicas(0).statistics().total_reloads(), 3);
        }}});
}

TEST_F(ReloadReportTest, HookFields) {
  internal::v1::StoreReloadHookRequest store;
  store.mutable_hook()->set_name("team");
  store.mutable_hook()->set_url("http://localhost/hook");
  internal::v1::RemoveReloadHookRequest remove;
  const auto hooks = [this] { return Ok(&InternalStub::ReportReloadEvents, ReportOf("a", "1", {})).hooks(); };
  ShowEffects(
      {internal::v1::StoreReloadHookRequest::descriptor(), internal::v1::RemoveReloadHookRequest::descriptor()},
      {{"StoreReloadHookRequest.hook",
        [&] {
          Ok(&InternalStub::StoreReloadHook, store);
          ASSERT_THAT(hooks(), SizeIs(1));
          EXPECT_EQ(hooks()[0].url(), "http://localhost/hook");
          EXPECT_THAT(Call(&InternalStub::StoreReloadHook, store).status(), HasCode(absl::StatusCode::kAlreadyExists));
          store.mutable_hook()->set_name("a/b");
          EXPECT_THAT(Call(&InternalStub::StoreReloadHook, store).status(),
                      HasCode(absl::StatusCode::kInvalidArgument));
        }},
       {"StoreReloadHookRequest.validate_only",
        [&] {
          internal::v1::StoreReloadHookRequest trial = store;
          trial.mutable_hook()->set_name("trial");
          trial.set_validate_only(true);
          const int before = hooks().size();
          Ok(&InternalStub::StoreReloadHook, trial);
          EXPECT_THAT(hooks(), SizeIs(before));
        }},
       {"RemoveReloadHookRequest.name",
        [&] {
          remove.set_name("team");
          Call(&InternalStub::StoreReloadHook, store).status().IgnoreError();
          Ok(&InternalStub::RemoveReloadHook, remove);
          EXPECT_THAT(hooks(), IsEmpty());
          EXPECT_THAT(Call(&InternalStub::RemoveReloadHook, remove).status(), HasCode(absl::StatusCode::kNotFound));
        }},
       {"RemoveReloadHookRequest.validate_only", [&] {
          internal::v1::RemoveReloadHookRequest trial;
          trial.set_name("team");
          trial.set_validate_only(true);
          Ok(&InternalStub::StoreReloadHook, store);
          Ok(&InternalStub::RemoveReloadHook, trial);
          EXPECT_THAT(hooks(), SizeIs(1));
          trial.set_validate_only(false);
          Ok(&InternalStub::RemoveReloadHook, trial);
        }}});
}

TEST_F(ReloadReportTest, RevisionAndContentHashes) {
  EXPECT_EQ(Ok(&Stub::GetRevision, v1::GetRevisionRequest()).revision(), 0);
  for (const char* name : {"a", "b", "c"}) Made(name);
  const v1::GetRevisionResponse revision = Ok(&Stub::GetRevision, v1::GetRevisionRequest());
  EXPECT_EQ(revision.revision(), 3);
  EXPECT_THAT(revision.state_hash(), SizeIs(32));
  v1::ListContentHashesRequest request;
  ShowEffects({v1::ListContentHashesRequest::descriptor()},
              {{"ListContentHashesRequest.page_size",
                [&] {
                  EXPECT_THAT(Ok(&Stub::ListContentHashes, request).tools(), SizeIs(3));
                  request.set_page_size(2);
                  const v1::ListContentHashesResponse page = Ok(&Stub::ListContentHashes, request);
                  ASSERT_THAT(page.tools(), SizeIs(2));
                  EXPECT_EQ(page.revision(), 3);
                  EXPECT_EQ(page.tools(0).content_hash(), Get(catalog(), "a")->content_hash());
                }},
               {"ListContentHashesRequest.page_token", [&] {
                  request.set_page_size(2);
                  request.set_page_token(Ok(&Stub::ListContentHashes, request).next_page_token());
                  const v1::ListContentHashesResponse page = Ok(&Stub::ListContentHashes, request);
                  ASSERT_THAT(page.tools(), SizeIs(1));
                  EXPECT_EQ(page.tools(0).tool_name(), "c");
                  EXPECT_EQ(page.next_page_token(), "");
                }}});
}

TEST_F(ReloadReportTest, WhatBreaksARuleIsRefusedAndNothingIsKept) {
  internal::v1::ReportReloadEventsRequest request = ReportOf("a", "1", {1, 2});
  request.mutable_events(1)->set_trigger("magic");
  const absl::Status status = Call(&InternalStub::ReportReloadEvents, request).status();
  EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(status.message()), HasSubstr("events[1].trigger"));
  EXPECT_THAT(Ids([](auto&) {}), IsEmpty());
  EXPECT_THAT(Replicas().replicas(), IsEmpty());
}

TEST_F(ReloadReportTest, AFullQueueOfReportsIsRefusedAndHoldsNothingElseUp) {
  constexpr int kCalls = 700;
  struct OneCall {
    grpc::ClientContext context;
    internal::v1::ReportReloadEventsRequest request;
    internal::v1::ReportReloadEventsResponse response;
  };
  Made("a");
  auto holder = PgConnection::Connect({conninfo(), "holder"});
  ASSERT_THAT(holder, IsOk());
  ASSERT_THAT((*holder)->ExecuteScript("begin; lock table replica_boots"), IsOk());
  std::vector<std::unique_ptr<OneCall>> calls;
  std::atomic<int> refused = 0, kept = 0, failed = 0;
  for (int i = 0; i < kCalls; ++i) {
    OneCall& call = *calls.emplace_back(std::make_unique<OneCall>());
    call.request = ReportOf("a", "1", {i + 1});
    replica_service().async()->ReportReloadEvents(
        &call.context, &call.request, &call.response, [&](const grpc::Status& status) {
          ++(status.ok() ? kept : status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED ? refused : failed);
        });
  }
  EXPECT_TRUE(Await([&] { return refused > 0; }, kPatience));
  EXPECT_TRUE(Exists("a"));
  Made("b");
  ASSERT_THAT((*holder)->ExecuteScript("rollback"), IsOk());
  ASSERT_TRUE(Await([&] { return refused + kept + failed == kCalls; }, kPatience));
  // A connection gets a third of the 500 places that are free, so a quarter.
  EXPECT_GE(kept, 100);
  EXPECT_LE(kept, 200);
  EXPECT_EQ(failed, 0);
  v1::ListReloadEventsRequest request;
  EXPECT_EQ(Stored(request).total(), kept);
}

// A crash, a gap in the numbers and a restart, told by whichever catalog is asked; then retention.
TEST_F(ReloadReportTest, AHistoryOfTwoCatalogsTellsWhatIsMissing) {
  Start(2, {});
  const auto report = [this](int index, const internal::v1::ReportReloadEventsRequest& request) {
    grpc::ClientContext context;
    internal::v1::ReportReloadEventsResponse response;
    EXPECT_THAT(replica_service(index).ReportReloadEvents(&context, request, &response), IsOk());
    return response;
  };
  report(0, ReportOf("a", "1", {1, 2}));
  report(1, ReportOf("a", "1", {5}));
  EXPECT_EQ(report(0, ReportOf("a", "2", {1})).previous().boot_id(), "1");
  v1::ListReloadEventsRequest request;
  v1::ListReloadEventsResponse list = Stored(request);
  ASSERT_THAT(list.gaps(), SizeIs(2));
  EXPECT_EQ(list.gaps(0).after_event_id(), 2);
  EXPECT_EQ(list.gaps(0).missing(), 2);
  EXPECT_EQ(list.gaps(1).after_event_id(), 5);
  EXPECT_FALSE(list.gaps(1).has_missing());
  report(1, ReportOf("a", "1", {1, 2, 3, 4, 5}));
  list = Stored(request);
  EXPECT_EQ(list.total(), 6);
  EXPECT_THAT(list.gaps(), SizeIs(1));

  const std::string config = absl::StrCat(testing::TempDir(), "/retention.yaml");
  std::ofstream(config) << "reload_event_retention_days: 36500\nreload_events_kept: 2\n";
  auto compact =
      ChildProcess::Start({"compact",
                           {"catalog_service/catalog_service", "compact", "--config", config, "--database", conninfo()},
                           {},
                           ""});
  ASSERT_THAT(compact, IsOk());
  EXPECT_EQ((*compact)->Wait(kPatience).value_or(-1), 0);
  EXPECT_THAT((*compact)->LastLines(1), HasSubstr("\"reload_events\":4"));
  EXPECT_THAT(Ids([](auto&) {}), ElementsAre(5, 4));
}

}  // namespace
}  // namespace toolcatalog
