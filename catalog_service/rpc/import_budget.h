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

// What the imports of a server hold in memory of their texts. A small text counts as any call does. A text that has
// grown large has a place of its own, which holds the largest text that there may be: once a large import has begun, no
// other takes the memory that it still needs. There are two such places, or one in a process with less than 768 MiB. So
// large imports and other calls never keep each other out. Thread-safe; must outlive its places.
class ImportBudget {
 public:
  // `open` must outlive this.
  explicit ImportBudget(OpenCalls* open);

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
    absl::Status HoldAsCall(int64_t bytes);

    ImportBudget& budget_;
    OpenCalls::Entry entry_;
    bool is_open_ = false;
    // Of a large text.
    MemoryBudget::Reservation large_;
  };

 private:
  // Of a text, its options and what joins them.
  static constexpr int64_t kSmallBytes = (4 << 20) + (64 << 10);
  static constexpr int64_t kLargeBytes = kMaxImportBytes;

  OpenCalls& open_;
  MemoryBudget large_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_IMPORT_BUDGET_H_
