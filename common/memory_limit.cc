#include "common/memory_limit.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <limits>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
// Of a machine that does not tell.
constexpr int64_t kAssumedMemory = int64_t{4} << 30;
// Less than this is not worth returning.
constexpr int64_t kMinReturn = 8 << 20;

// "" if there is no such file.
std::string Contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

int64_t MachineMemory(const std::string& root) {
  std::istringstream text(Contents(root + "/proc/meminfo"));
  std::string name;
  int64_t kibibytes = 0;
  while (text >> name >> kibibytes) {
    if (name == "MemTotal:") return kibibytes << 10;
    text.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kAssumedMemory;
}

// Looks at the file in a group's directory and in all above it, up to the mount point.
int64_t SmallestLimit(const std::string& mount, std::string group, absl::string_view file) {
  int64_t limit = kNoLimit;
  while (true) {
    int64_t number = 0;
    if (absl::SimpleAtoi(Contents(absl::StrCat(mount, group, "/", file)), &number) && number > 0) {
      limit = std::min(limit, number);
    }
    const size_t slash = group.rfind('/');
    if (slash == std::string::npos) return limit;
    group.resize(slash);
  }
}

// The smallest limit of the process's control group and of those above it. In a container the group's own directory is
// not to be seen under its name, only as the root, which is looked at in any case.
int64_t CgroupLimit(const std::string& root) {
  int64_t limit = kNoLimit;
  std::istringstream lines(Contents(root + "/proc/self/cgroup"));
  std::string number, controllers, group;
  while (std::getline(lines, number, ':') && std::getline(lines, controllers, ':') && std::getline(lines, group)) {
    if (group == "/") group.clear();
    if (number == "0" && controllers.empty()) {
      limit = std::min(limit, SmallestLimit(root + "/sys/fs/cgroup", group, "memory.max"));
    } else if (absl::StrContains("," + controllers + ",", ",memory,")) {
      limit = std::min(limit, SmallestLimit(root + "/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
    }
  }
  return limit;
}

// What the process has in memory, in bytes.
int64_t Resident() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// What it has allocated.
int64_t Used() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<int64_t>(heap.uordblks + heap.hblkhd);
}

// Returns what is free if it has grown by `least` since the last time. What stays after a return cannot be returned:
// the program itself, and pages of which a part is used.
void ReturnSurplus(int64_t least) {
  static std::atomic<int64_t> kept{0};
  const int64_t surplus = Resident() - Used();
  if (surplus < kept + least) {
    kept = std::min<int64_t>(kept, surplus);
    return;
  }
  malloc_trim(0);
  kept = Resident() - Used();
}

}  // namespace

int64_t DefaultMemoryLimit(const std::string& root) {
  const int64_t machine = MachineMemory(root);
  const int64_t group = CgroupLimit(root);
  return std::max(group < machine ? group / 4 * 3 : machine / 4, kMinMemoryLimit);
}

void ReturnMemoryAbove(int64_t bytes) {
  if (Resident() > bytes) ReturnSurplus(kMinReturn);
}

void ReturnFreeMemory() { ReturnSurplus(std::max(kMinReturn, Used() / 8)); }

}  // namespace toolcatalog
