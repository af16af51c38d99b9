#include "common/rpc/refusal_log.h"

#include <algorithm>

#include "common/log.h"

namespace toolcatalog {
namespace {

absl::string_view Words(Refusal reason) {
  switch (reason) {
    case Refusal::kPeerHasItsShare:
      return "the peer has its share of the connections";
    case Refusal::kAllTaken:
      return "all connections are taken";
    case Refusal::kOutOfDescriptors:
      return "out of descriptors or memory";
  }
  return "";
}

}  // namespace

void RefusalLog::Note(Refusal reason, absl::string_view peer, int refused, Time now) {
  Episode& episode = episodes_[static_cast<size_t>(reason)];
  if (!episode.is_open) {
    episode = {true, 0, now, now};
    LogWarning("connections refused", {{"reason", Words(reason)}, {"peer", peer}});
  }
  episode.refused += refused;
  episode.last = now;
}

std::optional<RefusalLog::Time> RefusalLog::EndQuiet(Time now) {
  std::optional<Time> next;
  for (size_t i = 0; i < episodes_.size(); ++i) {
    Episode& episode = episodes_[i];
    if (!episode.is_open) continue;
    const Time end = episode.last + kQuiet;
    if (end > now) {
      next = std::min(next.value_or(end), end);
      continue;
    }
    const std::chrono::duration<double, std::milli> lasted = episode.last - episode.first;
    LogInfo(
        "connections no longer refused",
        {{"reason", Words(static_cast<Refusal>(i))}, {"refused", episode.refused}, {"duration_ms", lasted.count()}});
    episode = {};
  }
  return next;
}

}  // namespace toolcatalog
