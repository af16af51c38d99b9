#include "common/rpc/descriptor_limit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>

#include "common/log.h"

namespace toolcatalog {
namespace {

constexpr int64_t kMostKept = 1024;
constexpr int64_t kMostConnections = 10000;

}  // namespace

int64_t DescriptorLimit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<int64_t>::max()));
}

void RaiseDescriptorLimit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    LogWarning("cannot raise the descriptor limit", {{"limit", DescriptorLimit()}, {"error", strerror(errno)}});
  }
}

int MaxConnectionsWithin(int64_t descriptor_limit) {
  const int64_t kept = std::min(descriptor_limit / 4, kMostKept);
  return static_cast<int>(std::min(descriptor_limit - kept, kMostConnections));
}

}  // namespace toolcatalog
