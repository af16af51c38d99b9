#include "tests/support/temporary_folder.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/await.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

TEST(TemporaryFolder, GoesWithTheObject) {
  auto folder = TemporaryFolder::Create();
  ASSERT_THAT(folder, IsOk());
  const std::string path = (*folder)->path();
  std::ofstream(path + "/file") << "text";
  EXPECT_TRUE(std::filesystem::exists(path + "/file"));
  folder->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TemporaryFolder, GoesWhenTheProcessIsKilled) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto folder = TemporaryFolder::Create();
    (void)!write(ends[1], (*folder)->path().c_str(), (*folder)->path().size() + 1);
    pause();
  }
  char path[256] = "";
  ASSERT_GT(read(ends[0], path, sizeof(path)), 0);
  EXPECT_TRUE(std::filesystem::exists(path));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(Await([&] { return !std::filesystem::exists(path); }, absl::Seconds(20)));
}

}  // namespace
}  // namespace toolcatalog
