#ifndef CATALOG_SERVICE_RPC_IMPORT_TEXT_H_
#define CATALOG_SERVICE_RPC_IMPORT_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Collects the messages of an import stream. It keeps the pieces as they came and joins them once, so that a text never
// needs twice its size. Not thread-safe.
class ImportText {
 public:
  // Takes the next message. INVALID_ARGUMENT if the options are missing, late or given twice, if a piece or the whole
  // text is too large, or if the message is empty.
  absl::Status Add(v1::StreamImportRequest message);

  // Of the text so far.
  size_t bytes() const { return bytes_; }
  // What the stream holds in memory so far.
  int64_t HeldBytes() const { return static_cast<int64_t>(bytes_ + request_.SpaceUsedLong()); }

  // The stream as one request; the pieces are given up. INVALID_ARGUMENT if there were no options, or if the text is
  // not UTF-8.
  absl::StatusOr<v1::ImportToolsRequest> Join();

 private:
  absl::Status AddOptions(v1::ImportOptions options);
  absl::Status AddPiece(std::string piece);

  // Without its text.
  v1::ImportToolsRequest request_;
  int messages_ = 0;
  // Each of up to `kMaxImportPieceBytes`: tiny pieces would cost more than their bytes.
  std::vector<std::string> pieces_;
  size_t bytes_ = 0;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_IMPORT_TEXT_H_
