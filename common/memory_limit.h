#ifndef COMMON_MEMORY_LIMIT_H_
#define COMMON_MEMORY_LIMIT_H_

#include <cstdint>
#include <string>

namespace toolcatalog {

inline constexpr int64_t kMinMemoryLimit = int64_t{256} << 20;

// How much memory a process should keep to unless it is told, in bytes: three quarters of what its control group may
// use. Without such a bound the machine has other programs to feed: a quarter of its memory. At least
// `kMinMemoryLimit`. Knows both versions of control groups. `root` is where the file system begins, for tests.
int64_t DefaultMemoryLimit(const std::string& root = "");

// Gives memory that the process has freed, but not returned, back to the system, if that is a good part of what it
// uses. Takes some milliseconds for each 100 MiB. Thread-safe.
void ReturnFreeMemory();
// The same if the process has more than so many bytes in memory: then little waste is too much.
void ReturnMemoryAbove(int64_t bytes);

}  // namespace toolcatalog

#endif  // COMMON_MEMORY_LIMIT_H_
