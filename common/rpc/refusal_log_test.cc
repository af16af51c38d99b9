#include "common/rpc/refusal_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_split.h"

namespace toolcatalog {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RefusalLogTest : public ::testing::Test {
 protected:
  void SetUp() override { testing::internal::CaptureStderr(); }
  void TearDown() override { testing::internal::GetCapturedStderr(); }

  // Lines since the last call.
  static std::vector<std::string> Lines() {
    const std::string text = testing::internal::GetCapturedStderr();
    testing::internal::CaptureStderr();
    return absl::StrSplit(text, '\n', absl::SkipEmpty());
  }

  RefusalLog log_;
  const RefusalLog::Time start_ = RefusalLog::Time(seconds(1000));
};

TEST_F(RefusalLogTest, LogsTheBeginAndTheEndOnly) {
  for (int i = 0; i < 1000; ++i) log_.Note(Refusal::kAllTaken, "10.0.0.1", 1, start_ + seconds(i / 100));
  EXPECT_THAT(Lines(), ElementsAre(AllOf(HasSubstr("\"warning\""), HasSubstr("connections refused"),
                                         HasSubstr("all connections are taken"), HasSubstr("10.0.0.1"))));
  EXPECT_EQ(log_.EndQuiet(start_ + seconds(9)), start_ + seconds(9) + RefusalLog::kQuiet);
  EXPECT_THAT(Lines(), IsEmpty());
  EXPECT_EQ(log_.EndQuiet(start_ + seconds(9) + RefusalLog::kQuiet), std::nullopt);
  EXPECT_THAT(Lines(), ElementsAre(AllOf(HasSubstr("no longer refused"), HasSubstr("\"refused\":1000"),
                                         HasSubstr("\"duration_ms\":9000.0"))));
  log_.Note(Refusal::kAllTaken, "10.0.0.2", 1, start_ + seconds(60));
  EXPECT_THAT(Lines(), ElementsAre(HasSubstr("10.0.0.2")));
}

TEST_F(RefusalLogTest, KeepsReasonsApart) {
  log_.Note(Refusal::kPeerHasItsShare, "10.0.0.1", 1, start_);
  log_.Note(Refusal::kOutOfDescriptors, "", 0, start_ + seconds(5));
  EXPECT_THAT(Lines(), ElementsAre(HasSubstr("share"), HasSubstr("descriptors")));
  EXPECT_EQ(log_.EndQuiet(start_ + RefusalLog::kQuiet), start_ + seconds(5) + RefusalLog::kQuiet);
  EXPECT_THAT(Lines(), ElementsAre(AllOf(HasSubstr("share"), HasSubstr("\"refused\":1"))));
  EXPECT_EQ(log_.EndQuiet(start_ + seconds(5) + RefusalLog::kQuiet), std::nullopt);
  EXPECT_THAT(Lines(), ElementsAre(AllOf(HasSubstr("descriptors"), HasSubstr("\"refused\":0"))));
}

TEST_F(RefusalLogTest, SaysNothingWhileNoneIsRefused) {
  EXPECT_EQ(log_.EndQuiet(start_), std::nullopt);
  EXPECT_THAT(Lines(), IsEmpty());
}

}  // namespace
}  // namespace toolcatalog
