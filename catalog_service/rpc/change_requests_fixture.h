#ifndef CATALOG_SERVICE_RPC_CHANGE_REQUESTS_FIXTURE_H_
#define CATALOG_SERVICE_RPC_CHANGE_REQUESTS_FIXTURE_H_

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/changes/change_list.h"
#include "catalog_service/changes/tool_history.h"
#include "catalog_service/rpc/change_requests.h"
#include "catalog_service/testing/store_fixture.h"
#include "google/protobuf/timestamp.pb.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A database with the requests about what was written on it.
class ChangeRequestsFixture : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    list_ = std::make_unique<ChangeList>(pool_.get());
    history_ = std::make_unique<ToolHistory>(pool_.get());
    queries_ = std::make_unique<ChangeRequests>(list_.get(), history_.get());
  }

  // Eight revisions by two actors, an hour apart from 2020-01-01 on.
  void WriteLog() {
    ASSERT_THAT(Create("grep", "1.0"), IsOk());
    ASSERT_THAT(Create("sed"), IsOk());
    ASSERT_THAT(Describe("grep", "first"), IsOk());
    ASSERT_THAT(Write(SetEnabledMutation{"grep", "1.0", false, {}}), IsOk());
    ASSERT_THAT(Create("grep", "2.0"), IsOk());
    ASSERT_THAT(Write(DeleteMutation{"grep", "2.0", {}}), IsOk());
    ASSERT_THAT(Describe("sed", "second"), IsOk());
    ASSERT_THAT(Write(DeleteMutation{"grep", "", {}}), IsOk());
    Sql("update revisions set committed_at = timestamptz '2020-01-01 00:00:00Z' + revision * interval '1 hour'; "
        "update revisions set actor = 'ann', reason = 'because', peer = 'ipv4:1.2.3.4:5', request_id = 'r-' || "
        "revision "
        "where revision in (2, 3, 6)");
  }

  absl::StatusOr<MutationResult> Describe(const std::string& name, const std::string& description) {
    v1::Tool values;
    values.set_description(description);
    return Write(UpdateMutation{name, "", {"description"}, values, {}});
  }

  // "revision kind name version" of each change of all pages.
  std::vector<std::string> List(v1::ListChangesRequest request) {
    std::vector<std::string> lines;
    while (true) {
      auto response = AsReceived(queries_->List(request));
      EXPECT_THAT(response, IsOk());
      if (!response.ok()) return lines;
      for (const v1::Change& change : response->changes()) {
        lines.push_back(
            absl::StrCat(change.revision(), " ", change.kind(), " ", change.tool_name(), " ", change.version()));
      }
      if (response->next_page_token().empty()) return lines;
      request.set_page_token(response->next_page_token());
    }
  }

  static void SetHour(int hour, google::protobuf::Timestamp* time) { time->set_seconds(1577836800 + 3600 * hour); }

  std::unique_ptr<ChangeList> list_;
  std::unique_ptr<ToolHistory> history_;
  std::unique_ptr<ChangeRequests> queries_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_CHANGE_REQUESTS_FIXTURE_H_
