#ifndef CATALOG_SERVICE_RPC_IMPORT_BUDGET_H_
#define CATALOG_SERVICE_RPC_IMPORT_BUDGET_H_

#include <grpc/grpc.h>

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/definition/definition_limits.h"
#include "common/rpc/memory_budget.h"
#include "common/rpc/open_calls.h"

namespace toolcatalog {

// A piece of the text of an import stream.
inline constexpr size_t kMaxImportPieceBytes = 1 << 20;

// What the imports of a server hold in memory of their texts. It counts as that of any call, and large imports have a
// bound of their own besides: two of the largest texts. So large ones never keep small ones out. Thread-safe; must
// outlive its places.
class ImportBudget {
 public:
  // `open` must outlive this.
  explicit ImportBudget(OpenCalls* open) : open_(*open) {}

  // What one import holds; nothing at first. Gives it back when it is destroyed. Not thread-safe.
  class Place {
   public:
    explicit Place(ImportBudget* budget) : budget_(*budget) {}

    // Holds `bytes` instead of what it held. RESOURCE_EXHAUSTED if there is no room.
    absl::Status Hold(int64_t bytes);
    // A message of the stream has come.
    void NoteMessage(absl::string_view peer, size_t bytes) { budget_.open_.arriving().NoteRequest(peer, bytes); }
    // The text is gone; an answer of `bytes` is on its way, until `EndWrite`.
    void BeginWrite(grpc_call* call, size_t bytes);
    void EndWrite() { budget_.open_.EndWrite(entry_); }

   private:
    ImportBudget& budget_;
    OpenCalls::Entry entry_;
    bool is_open_ = false;
    MemoryBudget::Reservation large_;
    bool is_large_ = false;
  };

 private:
  // Of a text, its options and what joins them.
  static constexpr int64_t kSmallBytes = (4 << 20) + (64 << 10);
  static constexpr int64_t kAllLargeBytes = 2 * (kMaxImportBytes + kMaxImportPieceBytes);

  OpenCalls& open_;
  MemoryBudget large_{"large imports", kAllLargeBytes};
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_IMPORT_BUDGET_H_
