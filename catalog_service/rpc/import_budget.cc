#include "catalog_service/rpc/import_budget.h"

#include <utility>

#include "absl/status/statusor.h"

namespace toolcatalog {

absl::Status ImportBudget::Place::Hold(int64_t bytes) {
  const bool is_large = bytes > kSmallBytes || source_ == &budget_.large_;
  MemoryBudget* source = is_large ? &budget_.large_ : &budget_.small_;
  if (source == source_) return reservation_.Resize(bytes);
  absl::StatusOr<MemoryBudget::Reservation> reservation = source->Reserve(bytes);
  if (!reservation.ok()) return reservation.status();
  reservation_ = *std::move(reservation);
  source_ = source;
  return absl::OkStatus();
}

void ImportBudget::Place::Release() {
  reservation_.Release();
  source_ = nullptr;
}

}  // namespace toolcatalog
