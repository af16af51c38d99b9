#include "common/request_time.h"

#include <algorithm>

namespace toolcatalog {
namespace {

// Years 1 to 9999.
constexpr int64_t kMinSeconds = -62135596800;
constexpr int64_t kMaxSeconds = 253402300799;
constexpr int64_t kMaxMicros = kMaxSeconds * 1000000 + 999999;

}  // namespace

absl::Time StoredTime(const google::protobuf::Timestamp& time) {
  // The last nanoseconds of the year 9999 must not become the year 10000.
  return absl::FromUnixMicros(std::min(time.seconds() * 1000000 + (time.nanos() + 999) / 1000, kMaxMicros));
}

std::optional<absl::Time> TimeOf(const std::string& path, bool is_set, const google::protobuf::Timestamp& time,
                                 std::vector<Violation>& violations) {
  if (!is_set) return std::nullopt;
  if (time.seconds() < kMinSeconds || time.seconds() > kMaxSeconds || time.nanos() < 0 || time.nanos() > 999999999) {
    violations.push_back(BrokenRule(path, "must be a time of the years 1 to 9999"));
    return std::nullopt;
  }
  return StoredTime(time);
}

void CheckOrder(const TimeRange& range, std::vector<Violation>& violations) {
  if (!range.since.has_value() || !range.until.has_value() || *range.since < *range.until) return;
  violations.push_back(BrokenRule("until", "must be later than since"));
}

}  // namespace toolcatalog
