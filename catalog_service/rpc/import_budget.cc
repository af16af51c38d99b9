#include "catalog_service/rpc/import_budget.h"

#include <utility>

namespace toolcatalog {

absl::Status ImportBudget::Place::Hold(int64_t bytes) {
  const bool is_large = is_large_ || bytes > kSmallBytes;
  if (is_large && !is_large_) large_ = budget_.large_.Begin();
  is_large_ = is_large;
  if (is_large) {
    if (absl::Status held = large_.Resize(bytes); !held.ok()) return held;
  }
  return std::exchange(is_open_, true) ? budget_.open_.Hold(entry_, bytes) : budget_.open_.Admit(entry_, "", bytes);
}

void ImportBudget::Place::BeginWrite(grpc_call* call, size_t bytes) {
  large_.Release();
  is_large_ = false;
  Hold(0).IgnoreError();
  Hold(static_cast<int64_t>(bytes)).IgnoreError();
  budget_.open_.BeginWrite(entry_, call, OpenCalls::TimeFor(bytes));
}

}  // namespace toolcatalog
