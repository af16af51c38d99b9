#include "tests/support/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

ChildProcess::Options Shell(const std::string& script) { return {"sh", {"/bin/sh", "-c", script}, {}, ""}; }

TEST(ChildProcess, AwaitsALineAndAnswersTheExitCode) {
  auto process = ChildProcess::Start(Shell("echo one >&2; echo '{\"msg\":\"serving\"}' >&2; exit 7"));
  ASSERT_THAT(process, IsOk());
  auto line = (*process)->AwaitLine("\"msg\":\"serving\"", kPatience);
  ASSERT_THAT(line, IsOk());
  EXPECT_EQ(*line, "{\"msg\":\"serving\"}");
  auto code = (*process)->Wait(kPatience);
  ASSERT_THAT(code, IsOk());
  EXPECT_EQ(*code, 7);
  EXPECT_EQ((*process)->LastLines(1), "{\"msg\":\"serving\"}\n");
  EXPECT_THAT((*process)->Signal(SIGTERM), HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST(ChildProcess, SaysThatALineDidNotCome) {
  auto process = ChildProcess::Start(Shell("echo only this >&2; while :; do sleep 0.01; done"));
  ASSERT_THAT(process, IsOk());
  ASSERT_THAT((*process)->AwaitLine("only", kPatience), IsOk());
  auto late = (*process)->AwaitLine("never", absl::Milliseconds(20));
  EXPECT_THAT(late, HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(late.status().ToString(), testing::HasSubstr("only this"));
  ASSERT_THAT((*process)->Signal(SIGTERM), IsOk());
  EXPECT_THAT((*process)->AwaitLine("never", kPatience), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ((*process)->Wait(kPatience).value_or(0), 128 + SIGTERM);
}

TEST(ChildProcess, PassesArgumentsAndEnvironment) {
  auto process =
      ChildProcess::Start({"sh", {"/bin/sh", "-c", "echo $0 $COLOUR >&2", "argument"}, {{"COLOUR", "red"}}, ""});
  ASSERT_THAT(process, IsOk());
  EXPECT_THAT((*process)->AwaitLine("argument red", kPatience), IsOk());
}

TEST(ChildProcess, ReportsAProgramThatDoesNotExist) {
  EXPECT_THAT(ChildProcess::Start({"none", {"/no/such/program"}, {}, ""}), HasCode(absl::StatusCode::kNotFound));
}

TEST(ChildProcess, KillsWhatIsStoppedOrIgnoresSignals) {
  auto process = ChildProcess::Start(Shell("trap '' TERM; echo ready >&2; while :; do sleep 0.01; done"));
  ASSERT_THAT(process, IsOk());
  ASSERT_THAT((*process)->AwaitLine("ready", kPatience), IsOk());
  const pid_t pid = (*process)->pid();
  ASSERT_THAT((*process)->Signal(SIGSTOP), IsOk());
  process->reset();
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST(ChildProcess, KeepsTheNewestLinesOfManyInMemory) {
  auto process = ChildProcess::Start(Shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i >&2; done"));
  ASSERT_THAT(process, IsOk());
  ASSERT_THAT((*process)->Wait(kPatience), IsOk());
  EXPECT_EQ((*process)->line_count(), 20000u);
  EXPECT_EQ((*process)->LastLines(1), "line 20000\n");
  EXPECT_THAT((*process)->AwaitLine("line 1\n", absl::ZeroDuration()), HasCode(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace toolcatalog
