#include "reload_service/follow/tool_fetcher.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

const SteadyTime kStart = SteadyTime::Now();

TEST(FetchPauseTest, EveryReadAsksWhileNothingFails) {
  FetchPause pause;
  EXPECT_TRUE(pause.MayAsk(kStart));
  EXPECT_TRUE(pause.MayAsk(kStart));
}

TEST(FetchPauseTest, AfterAFailureOneReadASecondAsks) {
  FetchPause pause;
  pause.NoteFailure(kStart);
  EXPECT_FALSE(pause.MayAsk(kStart));
  EXPECT_FALSE(pause.MayAsk(kStart + absl::Milliseconds(999)));
  EXPECT_TRUE(pause.MayAsk(kStart + absl::Milliseconds(1000)));
  EXPECT_FALSE(pause.MayAsk(kStart + absl::Milliseconds(1001)));
  EXPECT_TRUE(pause.MayAsk(kStart + absl::Milliseconds(2000)));
  pause.NoteFailure(kStart + absl::Milliseconds(2500));
  EXPECT_FALSE(pause.MayAsk(kStart + absl::Milliseconds(3400)));
  EXPECT_TRUE(pause.MayAsk(kStart + absl::Milliseconds(3500)));
}

TEST(FetchPauseTest, ASuccessEndsThePause) {
  FetchPause pause;
  pause.NoteFailure(kStart);
  pause.NoteSuccess();
  EXPECT_TRUE(pause.MayAsk(kStart));
  EXPECT_TRUE(pause.MayAsk(kStart));
}

}  // namespace
}  // namespace toolcatalog
