#include "reload_service/hooks/http_poster.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <stdexcept>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/steady_time.h"

namespace toolcatalog {

// Whether libcurl's wait fails, and how often it was called.
std::atomic<bool> poll_fails{false};
std::atomic<int> polls{0};

extern "C" CURLMcode curl_multi_poll(CURLM* multi, curl_waitfd* more, unsigned int count, int timeout_ms, int* ready) {
  ++polls;
  if (poll_fails) return CURLM_INTERNAL_ERROR;
  static const auto original = reinterpret_cast<decltype(&curl_multi_poll)>(dlsym(RTLD_NEXT, "curl_multi_poll"));
  return original(multi, more, count, timeout_ms, ready);
}

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

TEST(HttpPosterTest, DoesNotSpinWhenLibcurlCannotWait) {
  poll_fails = true;
  polls = 0;
  absl::Notification begun;
  {
    HttpPoster poster({});
    // Not at once, so that the thread waits in between.
    poster.Schedule(
        SteadyTime::Now() + absl::Milliseconds(300),
        [&]() -> std::optional<HttpPost> {
          begun.Notify();
          return std::nullopt;
        },
        [](const absl::Status&) {});
    EXPECT_TRUE(begun.WaitForNotificationWithTimeout(absl::Seconds(10)));
  }
  poll_fails = false;
  EXPECT_LT(polls, 100);
}

}  // namespace
}  // namespace toolcatalog
