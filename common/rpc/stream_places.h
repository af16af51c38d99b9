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
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/rpc/caller_address.h"
#include "common/status.h"

namespace toolcatalog {

absl::Status TooManyStreams(absl::string_view message);

// A stream has a place from its beginning until it is destroyed.
class StreamPlace {
 public:
  StreamPlace() = default;
  explicit StreamPlace(std::shared_ptr<void> taken) : taken_(std::move(taken)) {}

 private:
  std::shared_ptr<void> taken_;
};

// The places of the open streams of one kind. One peer address may have as many as are still free: so at most half, and
// each further address finds half of the rest. Thread-safe.
template <typename Stream>
class StreamPlaces {
 public:
  // `kind` names the streams in messages, such as "watch streams".
  StreamPlaces(std::string kind, size_t max_streams) : kind_(std::move(kind)), max_streams_(max_streams) {}

  // Takes a place for the stream, which has to keep it. `caller` is as `CallerAddress` answers it. RESOURCE_EXHAUSTED
  // if there is none; UNAVAILABLE once `Close` was called.
  absl::StatusOr<StreamPlace> Take(const std::shared_ptr<Stream>& stream, absl::string_view caller) {
    const std::string host(AddressOf(caller));
    absl::MutexLock lock(&mutex_);
    if (closed_) return Closed();
    absl::StatusOr<StreamPlace> place = Count(host);
    if (!place.ok()) return place;
    if (streams_.size() > 2 * max_streams_) {
      streams_.erase(std::remove_if(streams_.begin(), streams_.end(), [](const auto& weak) { return weak.expired(); }),
                     streams_.end());
    }
    streams_.push_back(stream);
    return place;
  }

  // Gives no places any more. Returns the open streams.
  std::vector<std::shared_ptr<Stream>> Close() {
    std::vector<std::shared_ptr<Stream>> open;
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    for (const auto& weak : streams_) {
      if (auto stream = weak.lock()) open.push_back(std::move(stream));
    }
    return open;
  }

  // What streams are ended with after `Close`.
  static absl::Status Closed() { return MakeError(Reason::kShuttingDown, "the server is shutting down"); }

 private:
  // How many places are taken. It outlives this, because streams may.
  struct Counts {
    absl::Mutex mutex;
    size_t in_all ABSL_GUARDED_BY(mutex) = 0;
    absl::flat_hash_map<std::string, size_t> by_host ABSL_GUARDED_BY(mutex);
  };

  absl::StatusOr<StreamPlace> Count(const std::string& host) {
    absl::MutexLock lock(&counts_->mutex);
    const size_t free = max_streams_ - counts_->in_all;
    const auto found = counts_->by_host.find(host);
    const size_t of_host = found == counts_->by_host.end() ? 0 : found->second;
    if (free <= of_host) {
      return TooManyStreams(absl::StrCat("of at most ", max_streams_, " ", kind_, " this address has ", of_host,
                                         ", and ", free, " are free; try again later, or another replica"));
    }
    ++counts_->in_all;
    ++counts_->by_host[host];
    return StreamPlace(std::shared_ptr<void>(nullptr, [counts = counts_, host](void*) { GiveBack(*counts, host); }));
  }

  static void GiveBack(Counts& counts, const std::string& host) {
    absl::MutexLock lock(&counts.mutex);
    --counts.in_all;
    const auto found = counts.by_host.find(host);
    if (--found->second == 0) counts.by_host.erase(found);
  }

  const std::string kind_;
  const size_t max_streams_;
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // Those that have ended go when they are as many as may be open.
  std::vector<std::weak_ptr<Stream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_STREAM_PLACES_H_
