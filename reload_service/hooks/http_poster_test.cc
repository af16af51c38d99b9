#include "reload_service/hooks/http_poster.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

TEST(HttpPosterTest, GoesOnAfterWhatThrows) {
  HttpPoster poster({});
  absl::Status first, second;
  absl::Notification prepared, done;
  const auto fail = []() -> std::optional<HttpPost> { throw std::runtime_error("unexpected"); };
  poster.Schedule(SteadyTime::InfinitePast(), fail, [&](const absl::Status& status) {
    first = status;
    prepared.Notify();
    throw std::runtime_error("unexpected");
  });
  ASSERT_TRUE(prepared.WaitForNotificationWithTimeout(absl::Seconds(10)));
  poster.Schedule(SteadyTime::InfinitePast(), fail, [&](const absl::Status& status) {
    second = status;
    done.Notify();
  });
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_TRUE(absl::IsInternal(first)) << first;
  EXPECT_TRUE(absl::IsInternal(second)) << second;
}

}  // namespace
}  // namespace toolcatalog
