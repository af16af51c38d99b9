#ifndef COMMON_RPC_BOUNDED_WAIT_H_
#define COMMON_RPC_BOUNDED_WAIT_H_

#include <grpcpp/alarm.h>

#include <atomic>
#include <functional>
#include <memory>

#include "absl/time/time.h"

namespace toolcatalog {

// Decides between an outcome that may come at any time and a deadline: exactly one of them wins. Thread-safe; keeps
// itself alive until it is decided.
class BoundedWait {
 public:
  // Runs `on_expired` at `deadline`, on a gRPC thread, unless `Settle` comes first.
  static std::shared_ptr<BoundedWait> Start(absl::Time deadline, std::function<void()> on_expired);

  // Whether the outcome comes in time and is the first. The caller may act on it only if so.
  bool Settle();

 private:
  explicit BoundedWait(std::function<void()> on_expired) : on_expired_(std::move(on_expired)) {}

  std::atomic<bool> decided_{false};
  std::function<void()> on_expired_;
  grpc::Alarm alarm_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_BOUNDED_WAIT_H_
