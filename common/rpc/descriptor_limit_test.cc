#include "common/rpc/descriptor_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <limits>

#include "common/rpc/connection_testing.h"

namespace toolcatalog {
namespace {

TEST(DescriptorLimitTest, RaisesTheLimitToTheHardOne) {
  const LowDescriptorLimit low(100);
  ASSERT_EQ(DescriptorLimit(), 100);
  RaiseDescriptorLimit();
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
  EXPECT_GT(DescriptorLimit(), 100);
}

TEST(DescriptorLimitTest, ConnectionsLeaveRoomForTheRest) {
  EXPECT_EQ(MaxConnectionsWithin(256), 192);
  EXPECT_EQ(MaxConnectionsWithin(1024), 768);
  EXPECT_EQ(MaxConnectionsWithin(4096), 3072);
  EXPECT_EQ(MaxConnectionsWithin(8192), 7168);
  EXPECT_EQ(MaxConnectionsWithin(1 << 20), 10000);
  EXPECT_EQ(MaxConnectionsWithin(std::numeric_limits<int64_t>::max()), 10000);
}

}  // namespace
}  // namespace toolcatalog
