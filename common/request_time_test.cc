#include "common/request_time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "common/status.h"
#include "google/protobuf/timestamp.pb.h"

namespace toolcatalog {
namespace {

constexpr int64_t kFirstSecond = -62135596800;
constexpr int64_t kLastSecond = 253402300799;

google::protobuf::Timestamp At(int64_t seconds, int nanos = 0) {
  google::protobuf::Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(nanos);
  return time;
}

// What `TimeOf` makes of a field that is set; its violations are counted.
std::optional<absl::Time> Read(const google::protobuf::Timestamp& time, size_t* broken) {
  std::vector<Violation> violations;
  const std::optional<absl::Time> read = TimeOf("since", true, time, violations);
  *broken = violations.size();
  return read;
}

// A request with the fields of a range.
struct Request {
  bool has_since() const { return first.has_value(); }
  bool has_until() const { return end.has_value(); }
  google::protobuf::Timestamp since() const { return first.value_or(google::protobuf::Timestamp()); }
  google::protobuf::Timestamp until() const { return end.value_or(google::protobuf::Timestamp()); }

  std::optional<google::protobuf::Timestamp> first;
  std::optional<google::protobuf::Timestamp> end;
};

TEST(RequestTimeTest, TimesAreRoundedUpToMicrosecondsButNotBeyondTheLast) {
  EXPECT_EQ(StoredTime(At(1, 2000)), absl::FromUnixMicros(1000002));
  EXPECT_EQ(StoredTime(At(1, 2001)), absl::FromUnixMicros(1000003));
  EXPECT_EQ(StoredTime(At(1, 999999001)), absl::FromUnixSeconds(2));
  EXPECT_EQ(StoredTime(At(-1, 1)), absl::FromUnixMicros(-999999));
  EXPECT_EQ(StoredTime(At(kLastSecond, 999999999)), absl::FromUnixSeconds(kLastSecond) + absl::Microseconds(999999));
}

TEST(RequestTimeTest, OnlyTimesOfTheYears1To9999AreTaken) {
  size_t broken = 0;
  EXPECT_EQ(Read(At(kFirstSecond), &broken), absl::FromUnixSeconds(kFirstSecond));
  EXPECT_EQ(broken, 0u);
  for (const auto& wrong : {At(kFirstSecond - 1), At(kLastSecond + 1), At(0, -1), At(0, 1000000000)}) {
    EXPECT_FALSE(Read(wrong, &broken).has_value()) << wrong.ShortDebugString();
    EXPECT_EQ(broken, 1u) << wrong.ShortDebugString();
  }
}

TEST(RequestTimeTest, ARangeHoldsWhatIsSetAndEndsAfterItsStart) {
  std::vector<Violation> violations;
  EXPECT_FALSE(TimeRangeOf(Request{}, violations).since.has_value());
  EXPECT_EQ(TimeRangeOf(Request{At(1), At(2)}, violations).until, absl::FromUnixSeconds(2));
  EXPECT_EQ(TimeRangeOf(Request{std::nullopt, At(1)}, violations).until, absl::FromUnixSeconds(1));
  EXPECT_TRUE(violations.empty());
  TimeRangeOf(Request{At(1), At(1)}, violations);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].path, "until");
  TimeRangeOf(Request{At(1), At(0, -1)}, violations);
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[1].message, "must be a time of the years 1 to 9999");
}

}  // namespace
}  // namespace toolcatalog
