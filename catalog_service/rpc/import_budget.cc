#include "catalog_service/rpc/import_budget.h"

#include <algorithm>
#include <utility>

namespace toolcatalog {

ImportBudget::ImportBudget(OpenCalls* open)
    : open_(*open), large_("large imports", std::clamp(open->memory_limit() / 6, kLargeBytes, 2 * kLargeBytes)) {}

absl::Status ImportBudget::Place::Hold(int64_t bytes) {
  if (bytes > kSmallBytes && large_.bytes() == 0) {
    large_ = budget_.large_.Begin();
    if (absl::Status held = large_.Resize(kLargeBytes); !held.ok()) return held;
  }
  return HoldAsCall(large_.bytes() > 0 ? 0 : bytes);
}

absl::Status ImportBudget::Place::HoldAsCall(int64_t bytes) {
  return std::exchange(is_open_, true) ? budget_.open_.Hold(entry_, bytes) : budget_.open_.Admit(entry_, "", bytes);
}

void ImportBudget::Place::BeginWrite(grpc_call* call, size_t bytes) {
  large_.Release();
  HoldAsCall(0).IgnoreError();
  HoldAsCall(static_cast<int64_t>(bytes)).IgnoreError();
  budget_.open_.BeginWrite(entry_, call, OpenCalls::TimeFor(bytes));
}

}  // namespace toolcatalog
