// A write is answered with OK only when a synchronous standby has it, also by a writer that finds it in the database.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

class ReplicationTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    ASSERT_THAT(Create("grep"), IsOk());
    SetStandby("nobody");
  }

  void TearDown() override { SetStandby(""); }

  // From now on, a commit waits until this standby has it. The server may notice a moment later.
  void SetStandby(const std::string& name) {
    Sql(absl::StrCat("alter system set synchronous_standby_names = '", name, "'"));
    Sql("select pg_reload_conf()");
  }

  // Describes the tool by a request that may be repeated.
  void Describe(const std::string& description) {
    Mutation mutation;
    v1::Tool fields;
    fields.set_description(description);
    mutation.action = UpdateMutation{"grep", "", {"description"}, std::move(fields), {}};
    mutation.actor = "test";
    mutation.identity = {description, "UpdateTool", std::string(32, 'h')};
    {
      absl::MutexLock lock(&mutex_);
      answer_.reset();
    }
    queue(0).Submit(std::move(mutation), absl::Now() + absl::Seconds(60), nullptr,
                    [this](const absl::StatusOr<MutationResult>& result) {
                      absl::MutexLock lock(&mutex_);
                      answer_ = result.status();
                    });
  }

  std::optional<absl::Status> Answer() {
    absl::MutexLock lock(&mutex_);
    return answer_;
  }

  absl::Status AwaitAnswer() {
    EXPECT_TRUE(Await([this] { return Answer().has_value(); }, kPatience));
    return Answer().value_or(absl::UnknownError("no answer"));
  }

  // The process of the database in which a writer waits for the standby, "" if none does.
  std::string Waiting() {
    const auto rows =
        Sql("select pid from pg_stat_activity where application_name = 'toolcatalog-writer' and wait_event = 'SyncRep' "
            "and datname = current_database()");
    return rows.empty() ? "" : rows[0][0];
  }

  // Makes writes until one waits. Returns its description.
  std::string WriteUntilOneWaits() {
    int count = 0;
    Describe(absl::StrCat("text ", ++count));
    EXPECT_TRUE(Await(
        [&] {
          if (!Waiting().empty()) return true;
          if (Answer().has_value()) Describe(absl::StrCat("text ", ++count));
          return false;
        },
        kPatience));
    return absl::StrCat("text ", count);
  }

  // Whether a writer waits for the standby, in another process of the database than before, and there is no answer yet.
  bool WaitsAgain(const std::string& before) {
    EXPECT_TRUE(Await(
        [&] {
          const std::string now = Waiting();
          return Answer().has_value() || (!now.empty() && now != before);
        },
        kPatience));
    return !Answer().has_value();
  }

  absl::Mutex mutex_;
  std::optional<absl::Status> answer_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(ReplicationTest, ALostCommitThatIsFoundWaitsForTheStandby) {
  const std::string description = WriteUntilOneWaits();
  const std::string waiting = Waiting();
  Sql(absl::StrCat("select pg_terminate_backend(", waiting, ")"));
  EXPECT_TRUE(WaitsAgain(waiting)) << "answered without a standby: " << AwaitAnswer();
  SetStandby("");
  EXPECT_THAT(AwaitAnswer(), IsOk());
  EXPECT_EQ(Sql("select count(*) from requests where request_id = '" + description + "'")[0][0], "1");
}

TEST_F(ReplicationTest, ARepeatedRequestWaitsForTheStandby) {
  const std::string description = WriteUntilOneWaits();
  Sql(absl::StrCat("select pg_cancel_backend(", Waiting(), ")"));
  EXPECT_TRUE(HasReason(AwaitAnswer(), Reason::kNotReplicated)) << AwaitAnswer();
  Describe(description);
  EXPECT_TRUE(WaitsAgain("")) << "answered without a standby: " << AwaitAnswer();
  Sql(absl::StrCat("select pg_cancel_backend(", Waiting(), ")"));
  const absl::Status again = AwaitAnswer();
  EXPECT_TRUE(HasReason(again, Reason::kNotReplicated)) << again;
  EXPECT_EQ(ErrorMetadata(again, kOutcomeKey), kOutcomeUnknown);
  Describe(description);
  EXPECT_TRUE(WaitsAgain(""));
  SetStandby("");
  EXPECT_THAT(AwaitAnswer(), IsOk());
}

}  // namespace
}  // namespace toolcatalog
