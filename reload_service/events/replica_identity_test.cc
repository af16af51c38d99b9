#include "reload_service/events/replica_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolcatalog {
namespace {

TEST(ReplicaIdentityTest, IsNamedAsToldOrByHostAndPort) {
  EXPECT_EQ(NewReplicaIdentity("blue", "127.0.0.1:8082").replica, "blue");
  EXPECT_THAT(NewReplicaIdentity("", "127.0.0.1:8082").replica, ::testing::MatchesRegex(".+:8082"));
  EXPECT_THAT(NewReplicaIdentity("", "[::1]:8083").replica, ::testing::MatchesRegex(".+:8083"));
}

TEST(ReplicaIdentityTest, EveryProcessHasItsOwnBootId) {
  const std::string first = NewReplicaIdentity("blue", "").boot_id, second = NewReplicaIdentity("blue", "").boot_id;
  EXPECT_THAT(first, ::testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace toolcatalog
