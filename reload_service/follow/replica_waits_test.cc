#include "reload_service/follow/replica_waits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

v1::Replica Replica(const std::string& name, int64_t revision, const std::string& state = "live") {
  v1::Replica replica;
  replica.set_name(name);
  replica.set_applied_revision(revision);
  replica.set_state(state);
  return replica;
}

class ReplicaWaitsTest : public ::testing::Test {
 protected:
  using Answer = absl::StatusOr<v1::WaitForRevisionResponse>;
  std::future<Answer> Await(int64_t revision, absl::Duration patience = absl::Seconds(10)) {
    auto result = std::make_shared<std::promise<Answer>>();
    waits_.Await(revision, absl::Now() + patience, [result](const Answer& answer) { result->set_value(answer); });
    return result->get_future();
  }

  FakeCatalog catalog_;
  std::shared_ptr<grpc::Channel> channel_ = CatalogChannel(catalog_.address());
  ReplicaWaits waits_{channel_};
};

TEST_F(ReplicaWaitsTest, WaitsForTheLastOfThoseThatRun) {
  catalog_.SetReplicas({Replica("a", 9), Replica("b", 6), Replica("c", 1, "lost"), Replica("d", 1, "stopped")});
  EXPECT_TRUE(Await(6).get().ok());
  auto wait = Await(8);
  catalog_.SetReplicas({Replica("a", 9), Replica("b", 8, "disconnected"), Replica("c", 1, "lost")});
  const Answer answer = wait.get();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->revision(), 8);
  EXPECT_EQ(answer->replicas(), 2);
}

TEST_F(ReplicaWaitsTest, TheDeadlineNamesWhoIsBehind) {
  catalog_.SetReplicas({Replica("a", 9), Replica("b", 6)});
  ASSERT_TRUE(Await(6).get().ok());
  const absl::Status status = Await(8, absl::Milliseconds(50)).get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"b\" has applied 6"));
}

TEST_F(ReplicaWaitsTest, StopEndsThoseThatWait) {
  auto wait = Await(8);
  waits_.Stop();
  EXPECT_EQ(wait.get().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Await(8).get().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace toolcatalog
