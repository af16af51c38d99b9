#include "common/timestamps.h"

#include <gtest/gtest.h>

namespace toolcatalog {
namespace {

std::string TextOf(const google::protobuf::Timestamp& time) { return time.ShortDebugString(); }

TEST(TimestampsTest, KeepsNanoseconds) {
  EXPECT_EQ(TextOf(ToTimestamp(absl::FromUnixNanos(1700000000123456789))), "seconds: 1700000000 nanos: 123456789");
  EXPECT_EQ(TextOf(ToTimestamp(absl::FromUnixNanos(-1))), "seconds: -1 nanos: 999999999");
}

TEST(TimestampsTest, TakesTheNearestTimeThatItCanHold) {
  EXPECT_EQ(TextOf(ToTimestamp(absl::InfiniteFuture())), "seconds: 253402300799 nanos: 999999999");
  EXPECT_EQ(TextOf(ToTimestamp(absl::FromUnixSeconds(253402300800))), "seconds: 253402300799 nanos: 999999999");
  EXPECT_EQ(TextOf(ToTimestamp(absl::InfinitePast())), "seconds: -62135596800");
}

TEST(TimestampsTest, ReadsTexts) {
  EXPECT_EQ(TextOf(*ParseTimestamp("2030-01-31T14:00:00.5+02:00")), "seconds: 1896091200 nanos: 500000000");
  EXPECT_EQ(ParseTimestamp("soon"), std::nullopt);
}

TEST(TimestampsTest, RefusesWhatATimeZoneCarriesOutOfTheYears) {
  EXPECT_EQ(ParseTimestamp("9999-12-31T23:59:59-12:00"), std::nullopt);
  EXPECT_EQ(ParseTimestamp("0001-01-01T00:00:00+12:00"), std::nullopt);
}

}  // namespace
}  // namespace toolcatalog
