#include "common/rpc/memory_budget.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace toolcatalog {

MemoryBudget::Reservation::Reservation(Reservation&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryBudget::Reservation& MemoryBudget::Reservation::operator=(Reservation&& other) noexcept {
  if (this == &other) return *this;
  Release();
  budget_ = std::exchange(other.budget_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

absl::Status MemoryBudget::Reservation::Resize(int64_t bytes) {
  absl::Status status = budget_->Take(bytes - bytes_);
  if (status.ok()) bytes_ = bytes;
  return status;
}

void MemoryBudget::Reservation::Release() {
  if (budget_ != nullptr) budget_->held_ -= bytes_;
  budget_ = nullptr;
  bytes_ = 0;
}

absl::StatusOr<MemoryBudget::Reservation> MemoryBudget::Reserve(int64_t bytes) {
  Reservation reservation(this);
  if (absl::Status status = reservation.Resize(bytes); !status.ok()) return status;
  return reservation;
}

absl::Status MemoryBudget::Take(int64_t bytes) {
  int64_t held = held_;
  do {
    if (bytes > 0 && held + bytes > total_) {
      return MakeError(Reason::kMemoryBudgetExhausted,
                       absl::StrCat("the ", kind_, " in progress hold all the memory that they may (", total_,
                                    " bytes); try again later"));
    }
  } while (!held_.compare_exchange_weak(held, held + bytes));
  return absl::OkStatus();
}

}  // namespace toolcatalog
