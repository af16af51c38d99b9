#ifndef CATALOG_SERVICE_RPC_IMPORT_BUDGET_H_
#define CATALOG_SERVICE_RPC_IMPORT_BUDGET_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "common/definition/definition_limits.h"
#include "common/rpc/memory_budget.h"

namespace toolcatalog {

// A piece of the text of an import stream.
inline constexpr size_t kMaxImportPieceBytes = 1 << 20;

// What the imports of a server hold in memory of their texts. Two of the largest texts have room. Small imports have
// room of their own, so that large ones never keep them out. Thread-safe; must outlive its places.
class ImportBudget {
 public:
  // What one import holds; nothing at first. Gives it back when it is destroyed. Not thread-safe.
  class Place {
   public:
    explicit Place(ImportBudget* budget) : budget_(*budget) {}

    // Holds `bytes` instead of what it held. RESOURCE_EXHAUSTED, and nothing changes, if there is no room. An import
    // that was large once stays one.
    absl::Status Hold(int64_t bytes);
    void Release();

   private:
    ImportBudget& budget_;
    // Where `reservation_` is from; null = it is none.
    MemoryBudget* source_ = nullptr;
    MemoryBudget::Reservation reservation_;
  };

 private:
  // An import stream holds its text and the next piece.
  static constexpr int64_t kSmallBytes = (4 << 20) + kMaxImportPieceBytes;
  static constexpr int64_t kAllSmallBytes = 128 << 20;
  static constexpr int64_t kAllLargeBytes = 2 * (kMaxImportBytes + kMaxImportPieceBytes);

  MemoryBudget small_{"small imports", kAllSmallBytes};
  MemoryBudget large_{"large imports", kAllLargeBytes};
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_IMPORT_BUDGET_H_
