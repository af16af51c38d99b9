#ifndef COMMON_RPC_STREAM_PLACES_H_
#define COMMON_RPC_STREAM_PLACES_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/status.h"
#include "common/steady_time.h"

namespace toolcatalog {

// The places of the open streams of one kind. One peer address may have as many as are still free: so at most half, and
// each further address finds half of the rest. Thread-safe.
template <typename Stream>
class StreamPlaces {
 public:
  // `kind` names the streams in messages, such as "watch streams".
  StreamPlaces(std::string kind, size_t max_streams) : kind_(std::move(kind)), max_streams_(max_streams) {}

  // Gives the stream a place until it is gone. `peer` is "address:port". RESOURCE_EXHAUSTED if there is none;
  // UNAVAILABLE once `Close` was called.
  absl::Status Add(const std::shared_ptr<Stream>& stream, absl::string_view peer) {
    std::string host(peer.substr(0, peer.rfind(':')));
    absl::MutexLock lock(&mutex_);
    if (closed_) return Closed();
    ForgetEnded();
    const size_t free = max_streams_ - std::min(places_.size(), max_streams_);
    const auto found = by_host_.find(host);
    const size_t of_host = found == by_host_.end() ? 0 : found->second;
    if (free <= of_host) {
      return MakeError(Reason::kTooManyStreams,
                       absl::StrCat("of at most ", max_streams_, " ", kind_, " this address has ", of_host, ", and ",
                                    free, " are free; try again later, or another replica"));
    }
    ++by_host_[host];
    places_.push_back({stream, std::move(host)});
    return absl::OkStatus();
  }

  // Gives no places any more. Answers the open streams.
  std::vector<std::shared_ptr<Stream>> Close() {
    std::vector<std::shared_ptr<Stream>> open;
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    for (const Place& place : places_) {
      if (auto stream = place.stream.lock()) open.push_back(std::move(stream));
    }
    return open;
  }

  // What streams are ended with after `Close`.
  static absl::Status Closed() { return MakeError(Reason::kShuttingDown, "the server is shutting down"); }

 private:
  struct Place {
    std::weak_ptr<Stream> stream;
    std::string host;
  };

  // Looks for streams that have ended, not more often than every 10 ms: thousands of calls that are refused must not
  // each look at thousands of streams.
  void ForgetEnded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const SteadyTime now = SteadyTime::Now();
    if (now < next_look_) return;
    next_look_ = now + absl::Milliseconds(10);
    const auto ended = [this](const Place& place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      if (!place.stream.expired()) return false;
      --by_host_[place.host];
      return true;
    };
    places_.erase(std::remove_if(places_.begin(), places_.end(), ended), places_.end());
    absl::erase_if(by_host_, [](const auto& host) { return host.second == 0; });
  }

  const std::string kind_;
  const size_t max_streams_;
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  SteadyTime next_look_ ABSL_GUARDED_BY(mutex_);
  std::vector<Place> places_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, size_t> by_host_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_STREAM_PLACES_H_
