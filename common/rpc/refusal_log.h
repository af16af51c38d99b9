#ifndef COMMON_RPC_REFUSAL_LOG_H_
#define COMMON_RPC_REFUSAL_LOG_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "common/rpc/open_connections.h"

namespace toolcatalog {

// Logs when connections begin to be refused, and when none was refused for a while, with their number: two lines
// for each reason, however many connections come. Not thread-safe.
class RefusalLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kQuiet{10};

  // `refused` connections were refused, the first of them from `peer`; with 0 they wait for the same reason.
  void Note(Refusal reason, absl::string_view peer, int refused, Time now);
  // Ends what was quiet for long enough at `now`; at the end of time, all. Answers when to call again; nothing while
  // none is refused.
  std::optional<Time> EndQuiet(Time now);

 private:
  struct Episode {
    bool is_open = false;
    int64_t refused = 0;
    Time first, last;
  };

  std::array<Episode, kRefusals> episodes_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_REFUSAL_LOG_H_
