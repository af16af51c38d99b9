#ifndef COMMON_RPC_CALLER_SHARES_H_
#define COMMON_RPC_CALLER_SHARES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace toolcatalog {

// How much of the memory for calls each caller may hold, so that none leaves too little to the others.
//
// One connection, be it to us or to a gateway that we believe, may hold 1 MiB; more only within the limit of large
// shares, and not more than is free there. All connections of one address may hold that limit. So neither a few greedy
// connections nor a thousand modest ones of one client take all. Thread-safe.
class CallerShares {
 public:
  // What the calls of a connection hold together, and those of all connections of its address. It lives as long as
  // somebody uses it. Thread-safe.
  struct Share {
    explicit Share(std::shared_ptr<std::atomic<int64_t>> address) : of_address(std::move(address)) {}

    void Add(int64_t bytes) {
      of_connection += bytes;
      *of_address += bytes;
    }

    std::atomic<int64_t> of_connection{0};
    const std::shared_ptr<std::atomic<int64_t>> of_address;
  };

  // `for_large_shares` is the limit of large shares, in bytes.
  explicit CallerShares(int64_t for_large_shares) : for_large_shares_(for_large_shares) {}

  // The share of a caller, as `CallerAddress` answers it. All who ask for one caller get the same.
  std::shared_ptr<Share> Of(absl::string_view caller);

  // RESOURCE_EXHAUSTED if the connection may not hold so much more, while all calls hold `held`.
  absl::Status CheckConnection(const Share& share, int64_t more, int64_t held) const;
  // RESOURCE_EXHAUSTED if the connections of the address may not hold so much more.
  absl::Status CheckAddress(const Share& share, int64_t more) const;

 private:
  // Values that live as long as somebody uses them, by a name.
  template <typename Value>
  class WeakMap {
   public:
    // Where the value of this name is kept; empty if there is none.
    std::weak_ptr<Value>& At(absl::string_view name) {
      if (values_.size() >= clean_at_) {
        absl::erase_if(values_, [](const auto& value) { return value.second.expired(); });
        clean_at_ = 2 * values_.size() + 1024;
      }
      return values_[name];
    }

   private:
    absl::flat_hash_map<std::string, std::weak_ptr<Value>> values_;
    size_t clean_at_ = 1024;
  };

  const int64_t for_large_shares_;
  absl::Mutex mutex_;
  // By caller, and by the address of callers.
  WeakMap<Share> shares_ ABSL_GUARDED_BY(mutex_);
  WeakMap<std::atomic<int64_t>> addresses_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_CALLER_SHARES_H_
