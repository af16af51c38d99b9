#include "common/timestamps.h"

#include <algorithm>
#include <exception>

#include "google/protobuf/util/time_util.h"

namespace toolcatalog {

using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

Timestamp ToTimestamp(absl::Time time) {
  const absl::Time first = absl::FromUnixSeconds(TimeUtil::kTimestampMinSeconds);
  const absl::Time end = absl::FromUnixSeconds(TimeUtil::kTimestampMaxSeconds + 1);
  time = std::clamp(time, first, end - absl::Nanoseconds(1));
  Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  const absl::Duration rest = time - absl::FromUnixSeconds(timestamp.seconds());
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return timestamp;
}

std::optional<Timestamp> ParseTimestamp(const std::string& text) {
  Timestamp timestamp;
  try {
    if (!TimeUtil::FromString(text, &timestamp)) return std::nullopt;
  } catch (const std::exception&) {
    // A time zone carries the last hours of the year 9999 into the next.
    return std::nullopt;
  }
  return timestamp;
}

}  // namespace toolcatalog
