#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/status.h"
#include "common/steady_time.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

class WritePathTest : public StoreFixture {
 protected:
  // Holds the counter lock as a writer would that hangs.
  std::unique_ptr<PgConnection> HoldLock(const std::string& application) {
    auto connection = PgConnection::Connect(Options(application));
    EXPECT_THAT(connection, IsOk());
    EXPECT_THAT((*connection)->ExecuteScript("begin; select * from counter for update"), IsOk());
    return *std::move(connection);
  }

  // Queues a mutation without waiting; `outcomes_[index]` gets its status.
  void Submit(int index, Mutation::Action action, absl::Time deadline = absl::Now() + absl::Seconds(30),
              std::function<bool()> abandoned = nullptr) {
    Mutation mutation;
    mutation.action = std::move(action);
    mutation.actor = "test";
    queue(0).Submit(std::move(mutation), deadline, std::move(abandoned),
                    [this, index](const absl::StatusOr<MutationResult>& result) {
                      outcomes_[index] = result.status();
                      ++answered_;
                    });
  }

  // A definition of about 250 KB in many small values.
  static v1::Tool LargeTool(const std::string& name) {
    v1::Tool tool = NormalTool(name);
    google::protobuf::Value& list = (*tool.mutable_metadata()->mutable_fields())["numbers"];
    while (tool.ByteSizeLong() < 250 * 1024) {
      for (int i = 0; i < 500; ++i) list.mutable_list_value()->add_values()->set_number_value(i);
    }
    return tool;
  }

  bool AwaitAnswers(int count) {
    return Await([&] { return answered_ == count; }, absl::Seconds(30));
  }

  std::vector<absl::Status> outcomes_ = std::vector<absl::Status>(200);
  std::atomic<int> answered_{0};
};

TEST_F(WritePathTest, WritesThatWaitAreCommittedTogetherAndConflictsStayAlone) {
  auto lock = HoldLock("test");
  for (int i = 0; i < 100; ++i) Submit(i, CreateMutation{NormalTool(absl::StrCat("tool-", i % 60))});
  ASSERT_THAT(lock->ExecuteScript("rollback"), IsOk());
  ASSERT_TRUE(AwaitAnswers(100));
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(outcomes_[i], HasCode(i < 60 ? absl::StatusCode::kOk : absl::StatusCode::kAlreadyExists)) << i;
    if (i >= 60) EXPECT_EQ(ErrorMetadata(outcomes_[i], kOutcomeKey), kNotExecuted);
  }
  // The first write went alone or with a few; the rest shares a time.
  EXPECT_LT(std::stoi(Sql("select count(distinct committed_at) from revisions")[0][0]), 10);
  ExpectConsistent();
}

// Planning costs more than running.
TEST_F(WritePathTest, NoWriteIsPlannedAnew) {
  Sql("create table seen (plans bigint); create function note() returns trigger language plpgsql as $$ begin "
      "insert into seen select sum(custom_plans) from pg_prepared_statements; return new; end $$; "
      "create trigger note before insert on definitions for each row execute function note()");
  for (int i = 0; i < 5; ++i) ASSERT_THAT(Create("grep", absl::StrCat(i, ".0")), IsOk());
  EXPECT_EQ(Sql("select count(*), max(plans) from seen")[0], (std::vector<std::string>{"5", "0"}));
}

TEST_F(WritePathTest, AWriteThatTheDatabaseRefusesFailsAlone) {
  Sql("create function refuse() returns trigger language plpgsql as $$ begin "
      "if new.name_key = 'culprit' then raise exception 'refused'; end if; return new; end $$; "
      "create trigger refuse before insert on definitions for each row execute function refuse()");
  auto lock = HoldLock("test");
  for (int i = 0; i < 20; ++i) {
    Submit(i, CreateMutation{NormalTool(i == 7 ? std::string("culprit") : absl::StrCat("tool-", i))});
  }
  ASSERT_THAT(lock->ExecuteScript("rollback"), IsOk());
  ASSERT_TRUE(AwaitAnswers(20));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(outcomes_[i], HasCode(i == 7 ? absl::StatusCode::kInternal : absl::StatusCode::kOk)) << i;
  }
  EXPECT_EQ(ErrorMetadata(outcomes_[7], kOutcomeKey), kNotExecuted);
  EXPECT_EQ(Sql("select count(*) from tools")[0][0], "19");
  ExpectConsistent();
}

TEST_F(WritePathTest, AWriteThatEndsTheConnectionFailsAlone) {
  Sql("create function break() returns trigger language plpgsql as $$ begin "
      "if new.name_key = 'culprit' then perform pg_terminate_backend(pg_backend_pid()); end if; return new; end $$; "
      "create trigger break before insert on definitions for each row execute function break()");
  auto lock = HoldLock("test");
  for (int i = 0; i < 20; ++i) {
    Submit(i, CreateMutation{NormalTool(i == 7 ? std::string("culprit") : absl::StrCat("tool-", i))});
  }
  ASSERT_THAT(lock->ExecuteScript("rollback"), IsOk());
  const SteadyTime start = SteadyTime::Now();
  ASSERT_TRUE(AwaitAnswers(20));
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(15));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(outcomes_[i], HasCode(i == 7 ? absl::StatusCode::kUnavailable : absl::StatusCode::kOk)) << i;
  }
  EXPECT_EQ(ErrorMetadata(outcomes_[7], kOutcomeKey), kNotExecuted);
  ExpectConsistent();
}

TEST_F(WritePathTest, AWriteThatThrowsFailsAlone) {
  auto lock = HoldLock("test");
  for (int i = 0; i < 20; ++i) {
    Mutation::Action action = CreateMutation{NormalTool(absl::StrCat("tool-", i))};
    // A past whose latest version it does not have.
    if (i == 7) action = RollbackMutation{"culprit", "", {}, {"culprit", "1.0", {}}};
    Submit(i, std::move(action));
  }
  ASSERT_THAT(lock->ExecuteScript("rollback"), IsOk());
  ASSERT_TRUE(AwaitAnswers(20));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(outcomes_[i], HasCode(i == 7 ? absl::StatusCode::kInternal : absl::StatusCode::kOk)) << i;
  }
  EXPECT_TRUE(HasReason(outcomes_[7], Reason::kInternalError));
  EXPECT_EQ(ErrorMetadata(outcomes_[7], kOutcomeKey), kNotExecuted);
  EXPECT_EQ(Sql("select count(*) from tools")[0][0], "19");
  ExpectConsistent();
}

TEST_F(WritePathTest, AnAnswerThatThrowsKeepsNoOtherFromItsCaller) {
  auto lock = HoldLock("test");
  Submit(0, CreateMutation{NormalTool("first")});
  Mutation mutation;
  mutation.action = CreateMutation{NormalTool("second")};
  mutation.actor = "test";
  queue(0).Submit(std::move(mutation), absl::Now() + absl::Seconds(30), nullptr,
                  [](const absl::StatusOr<MutationResult>&) { throw std::runtime_error("unexpected"); });
  Submit(1, CreateMutation{NormalTool("third")});
  ASSERT_THAT(lock->ExecuteScript("rollback"), IsOk());
  ASSERT_TRUE(AwaitAnswers(2));
  EXPECT_THAT(outcomes_[0], IsOk());
  EXPECT_THAT(outcomes_[1], IsOk());
  EXPECT_THAT(Create("fourth"), IsOk());
  EXPECT_EQ(Sql("select count(*) from tools")[0][0], "4");
  ExpectConsistent();
}

// All of them take longer than the database lets a transaction be idle.
TEST_F(WritePathTest, WritesThatTakeLongShareNoTransaction) {
  const v1::Tool large = LargeTool("large");
  ASSERT_THAT(Write(CreateMutation{large}), IsOk());
  auto lock = HoldLock("test");
  Submit(0, CreateMutation{NormalTool("first")});
  ASSERT_TRUE(
      Await([&] { return Sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")[0][0] != "0"; },
            absl::Seconds(10)));
  const int last = static_cast<int>(outcomes_.size()) - 1;
  for (int i = 1; i < last; ++i) {
    UpdateMutation update{"large", "", {"description"}, {}, {}};
    update.values.set_description(absl::StrCat("update ", i));
    Submit(i, std::move(update));
  }
  Submit(last, CreateMutation{NormalTool("last")});
  const SteadyTime start = SteadyTime::Now();
  ASSERT_THAT(lock->ExecuteScript("rollback"), IsOk());
  ASSERT_TRUE(Await([&] { return answered_ > 1; }, absl::Seconds(30)));
  EXPECT_THAT(Create("of-another-process", "1.0", 1), IsOk());
  EXPECT_LT(answered_, last) << "it waited for all of them";
  ASSERT_TRUE(AwaitAnswers(last + 1));
  std::cout << last << " updates took " << SteadyTime::Now() - start << "\n";
  for (const absl::Status& outcome : outcomes_) EXPECT_THAT(outcome, IsOk());
  EXPECT_EQ(reader_->Get("large", "")->tool().description(), absl::StrCat("update ", last - 1));
  ExpectConsistent();
}

TEST_F(WritePathTest, AWriterThatHangsIsEnded) {
  auto lock = HoldLock("toolcatalog-writer");
  const SteadyTime start = SteadyTime::Now();
  EXPECT_THAT(Create("grep"), IsOk());
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(7));
  EXPECT_THAT(lock->ExecuteScript("commit"), HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(WritePathTest, ALockOfSomebodyElseIsRespected) {
  auto lock = HoldLock("psql");
  Submit(0, CreateMutation{NormalTool("grep")});
  EXPECT_FALSE(Await([&] { return answered_ > 0; }, absl::Seconds(6)));
  ASSERT_THAT(lock->ExecuteScript("commit"), IsOk());
  ASSERT_TRUE(AwaitAnswers(1));
  EXPECT_THAT(outcomes_[0], IsOk());
}

TEST_F(WritePathTest, WritesThatNobodyWaitsForAreNotExecuted) {
  auto lock = HoldLock("test");
  Submit(0, CreateMutation{NormalTool("first")});
  ASSERT_TRUE(
      Await([&] { return Sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")[0][0] != "0"; },
            absl::Seconds(10)));
  Submit(1, CreateMutation{NormalTool("late")}, absl::Now());
  Submit(2, CreateMutation{NormalTool("gone")}, absl::Now() + absl::Seconds(30), [] { return true; });
  ASSERT_THAT(lock->ExecuteScript("rollback"), IsOk());
  ASSERT_TRUE(AwaitAnswers(3));
  EXPECT_THAT(outcomes_[0], IsOk());
  EXPECT_TRUE(HasReason(outcomes_[1], Reason::kDeadlineExceeded));
  EXPECT_TRUE(HasReason(outcomes_[2], Reason::kCancelled));
  for (int i : {1, 2}) EXPECT_EQ(ErrorMetadata(outcomes_[i], kOutcomeKey), kNotExecuted);
  EXPECT_EQ(Sql("select count(*) from tools")[0][0], "1");
}

TEST_F(WritePathTest, AVersionPromotedInABatchCanBeChangedInIt) {
  ASSERT_THAT(Create("grep", "1.0"), IsOk());
  ASSERT_THAT(Create("grep", "2.0"), IsOk());
  auto lock = HoldLock("test");
  Submit(0, CreateMutation{NormalTool("other")});
  ASSERT_TRUE(
      Await([&] { return Sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")[0][0] != "0"; },
            absl::Seconds(10)));
  Submit(1, DeleteMutation{"grep", "2.0", {}});
  Submit(2, SetEnabledMutation{"grep", "", false, {}});
  ASSERT_THAT(lock->ExecuteScript("rollback"), IsOk());
  ASSERT_TRUE(AwaitAnswers(3));
  auto read = reader_->Get("grep", "");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->tool().version(), "1.0");
  EXPECT_FALSE(read->tool().enabled());
  EXPECT_EQ(read->tool().description(), NormalTool("grep").description());
  EXPECT_EQ(Sql("select enabled::text from versions where name_key = 'grep'")[0][0], "false");
  ExpectConsistent();
}

TEST_F(WritePathTest, APromotionLeavesTheVersionAsItWas) {
  ASSERT_THAT(Create("grep", "1.0"), IsOk());
  ASSERT_THAT(Create("grep", "2.0"), IsOk());
  ASSERT_THAT(Write(DeleteMutation{"grep", "2.0", {}}), IsOk());
  EXPECT_EQ(Sql("select platform from versions")[0][0], NormalTool("grep").platform());
  EXPECT_EQ(reader_->Get("grep", "")->tool().description(), NormalTool("grep").description());
  ExpectConsistent();
}

TEST_F(WritePathTest, AbandonedWritesEndAtOnce) {
  auto lock = HoldLock("psql");
  Submit(0, CreateMutation{NormalTool("grep")});
  ASSERT_TRUE(
      Await([&] { return Sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")[0][0] != "0"; },
            absl::Seconds(10)));
  Submit(1, CreateMutation{NormalTool("sed")});
  interrupt_.Set();
  queue(0).Abandon();
  ASSERT_TRUE(Await([&] { return answered_ == 2; }, absl::Seconds(2)));
  for (int i : {0, 1}) {
    EXPECT_THAT(outcomes_[i], HasCode(absl::StatusCode::kUnavailable));
    EXPECT_EQ(ErrorMetadata(outcomes_[i], kOutcomeKey), kNotExecuted);
  }
}

TEST_F(WritePathTest, WritersOfTwoProcessesKeepOneHistory) {
  std::vector<std::thread> writers;
  std::atomic<int> unexpected{0};
  for (int w = 0; w < 8; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < 40; ++i) {
        // Half of the writers go through the tools backwards.
        const std::string name = absl::StrCat("tool-", w % 2 == 0 ? i % 10 : 9 - i % 10);
        absl::Status status = Create(name, absl::StrCat(w, ".", i), w % 2).status();
        if (status.ok() && i % 3 == 0) {
          status = Write(DeleteMutation{name, absl::StrCat(w, ".", i), {}}, (w + 1) % 2).status();
        }
        if (!status.ok()) ++unexpected;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(unexpected, 0);
  ExpectConsistent();
}

TEST_F(WritePathTest, WritesFailClearlyWhileTheDatabaseIsDown) {
  ASSERT_THAT(Create("grep"), IsOk());
  ASSERT_THAT(cluster_->Stop(PostgresCluster::StopMode::kImmediate), IsOk());
  const absl::Status status = Create("sed").status();
  EXPECT_THAT(status, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kNotExecuted);
  ASSERT_THAT(cluster_->Start(), IsOk());
  EXPECT_THAT(Create("sed"), IsOk());
  ExpectConsistent();
}

}  // namespace
}  // namespace toolcatalog
