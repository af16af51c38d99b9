#include "common/memory_limit.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace toolcatalog {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;

// A file system of a test.
class MemoryLimitTest : public testing::Test {
 protected:
  MemoryLimitTest() : root_(testing::TempDir() + "/root") { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  const std::string root_;
};

TEST_F(MemoryLimitTest, AQuarterOfTheMachineWithoutAGroup) {
  Write("/proc/meminfo", "MemFree: 1 kB\nMemTotal:       16777216 kB\nMemAvailable: 9 kB\n");
  EXPECT_EQ(DefaultMemoryLimit(root_), 4 * kGiB);
  Write("/proc/self/cgroup", "0::/service\n");
  Write("/sys/fs/cgroup/service/memory.max", "max\n");
  EXPECT_EQ(DefaultMemoryLimit(root_), 4 * kGiB);
}

TEST_F(MemoryLimitTest, ThreeQuartersOfTheSmallestGroupAbove) {
  Write("/proc/meminfo", "MemTotal:       16777216 kB\n");
  Write("/proc/self/cgroup", "0::/team/service\n");
  Write("/sys/fs/cgroup/team/memory.max", "4294967296\n");
  Write("/sys/fs/cgroup/team/service/memory.max", "8589934592\n");
  EXPECT_EQ(DefaultMemoryLimit(root_), 3 * kGiB);
}

TEST_F(MemoryLimitTest, KnowsTheFirstVersionOfGroupsAndContainers) {
  Write("/proc/meminfo", "MemTotal:       16777216 kB\n");
  Write("/proc/self/cgroup", "12:cpu:/x\n5:memory:/docker/abc\n");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
  EXPECT_EQ(DefaultMemoryLimit(root_), kGiB / 4 * 3);
}

TEST_F(MemoryLimitTest, AMachineThatDoesNotTellHas4GiB) { EXPECT_EQ(DefaultMemoryLimit(root_), kGiB); }

TEST_F(MemoryLimitTest, NeverTooLittle) {
  Write("/proc/meminfo", "MemTotal:       1024 kB\n");
  EXPECT_EQ(DefaultMemoryLimit(root_), kMinMemoryLimit);
}

int64_t Resident() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// One block stays at the end of the heap, so that the heap does not shrink by itself.
TEST(ReturnFreeMemoryTest, GivesBackWhatWasFreed) {
  constexpr int64_t kMiB = 1 << 20;
  if (mallinfo2().uordblks == 0) GTEST_SKIP() << "a sanitizer has a heap of its own";
  ReturnFreeMemory();
  const int64_t before = Resident();
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string> blocks;
    for (int i = 0; i < 3000; ++i) blocks.emplace_back(10000, 'x');
    const std::string last(10000, 'x');
    blocks.clear();
    EXPECT_GT(Resident(), before + 20 * kMiB) << round;
    ReturnFreeMemory();
    EXPECT_LT(Resident(), before + 4 * kMiB) << round;
  }
}

}  // namespace
}  // namespace toolcatalog
