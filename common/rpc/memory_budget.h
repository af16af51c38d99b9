#ifndef COMMON_RPC_MEMORY_BUDGET_H_
#define COMMON_RPC_MEMORY_BUDGET_H_

#include <atomic>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// Bounds what the calls of one kind hold in memory together, in bytes. A bound on each call is no bound on a thousand
// of them. Nobody waits: what does not fit is refused at once, because a call that waits holds memory too.
// Thread-safe. It must outlive its reservations.
class MemoryBudget {
 public:
  // What one call holds. Gives it back when it is destroyed. Not thread-safe.
  class Reservation {
   public:
    Reservation() = default;
    ~Reservation() { Release(); }
    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&& other) noexcept;

    // Holds `bytes` instead of what it held. RESOURCE_EXHAUSTED, and nothing changes, if that does not fit. A
    // reservation that was released, or never was any, must not be resized.
    absl::Status Resize(int64_t bytes);
    void Release();
    int64_t bytes() const { return bytes_; }

   private:
    friend class MemoryBudget;
    explicit Reservation(MemoryBudget* budget) : budget_(budget) {}

    MemoryBudget* budget_ = nullptr;
    int64_t bytes_ = 0;
  };

  // `kind` names what holds the memory in messages, such as "large imports".
  MemoryBudget(absl::string_view kind, int64_t bytes) : kind_(kind), total_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // RESOURCE_EXHAUSTED, reason MEMORY_BUDGET_EXHAUSTED, if `bytes` do not fit beside what others hold.
  absl::StatusOr<Reservation> Reserve(int64_t bytes);
  // A reservation that holds nothing yet.
  Reservation Begin() { return Reservation(this); }

  int64_t held() const { return held_; }

 private:
  // Takes `bytes` more, which may be negative.
  absl::Status Take(int64_t bytes);

  const absl::string_view kind_;
  const int64_t total_;
  std::atomic<int64_t> held_ = 0;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_MEMORY_BUDGET_H_
