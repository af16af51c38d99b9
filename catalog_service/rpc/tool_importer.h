#ifndef CATALOG_SERVICE_RPC_TOOL_IMPORTER_H_
#define CATALOG_SERVICE_RPC_TOOL_IMPORTER_H_

#include <functional>

#include "absl/status/statusor.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/write/write_queue.h"
#include "common/definition/validation/definition_validator.h"
#include "common/rpc/call.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Carries out imports: reads the text, checks each definition, and writes the valid ones. It makes as few revisions as
// the bound on a revision's size allows. Thread-safe.
class ToolImporter {
 public:
  // All must outlive this.
  ToolImporter(const DefinitionValidator* validator, WriteQueue* queue, ChangeLog* log);

  // Blocks until all is written. INVALID_ARGUMENT if the text is not YAML. Any other error means that nothing was
  // stored. Once some items are stored, those that cannot be written are reported as failed, each with its outcome.
  absl::StatusOr<v1::ImportToolsResponse> Import(const v1::ImportToolsRequest& request, const CallInfo& call,
                                                 std::function<bool()> abandoned);

 private:
  struct Parsed;

  absl::StatusOr<Parsed> Parse(const v1::ImportToolsRequest& request, const std::function<bool()>& abandoned) const;

  const DefinitionValidator& validator_;
  WriteQueue& queue_;
  ChangeLog& log_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_TOOL_IMPORTER_H_
