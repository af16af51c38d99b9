#ifndef CATALOG_SERVICE_READ_TOOL_EXPORTER_H_
#define CATALOG_SERVICE_READ_TOOL_EXPORTER_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "common/definition/validation/definition_validator.h"
#include "common/hold_bytes.h"
#include "common/status.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Carries out exports: all versions of each tool as of one revision. The versions come in the order of their creation,
// except that the latest comes last, so an import of the text makes the same tools. Thread-safe.
class ToolExporter {
 public:
  // All must outlive this.
  ToolExporter(const DefinitionValidator* validator, PgPool* pool, ChangeLog* log);

  // Blocks until the text is complete. FAILED_PRECONDITION if it would be larger than an import may be. `hold` is told
  // how long the text is so far.
  absl::StatusOr<v1::ExportToolsResponse> Export(const v1::ExportToolsRequest& request, const HoldBytes& hold,
                                                 const std::function<bool()>& abandoned);

  // The same in portions.
  absl::Status Check(const v1::StreamExportRequest& request) const;
  absl::StatusOr<ChangeLog::Manifest> Select(const v1::StreamExportRequest& request);
  // The definitions of the manifest's keys from `begin` on: at least one, if there is one, and no more once they have
  // about 1 MiB. Fails like `ChangeLog::SnapshotTools`.
  absl::StatusOr<std::vector<v1::Tool>> ReadPortion(const ChangeLog::Manifest& manifest, size_t begin);

 private:
  class Text;
  struct Selection;

  void CheckFilter(const std::string& platform, const std::string& category, std::vector<Violation>& violations) const;
  absl::StatusOr<Selection> SelectTools(const v1::ExportToolsRequest& request);

  const DefinitionValidator& validator_;
  PgPool& pool_;
  ChangeLog& log_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_READ_TOOL_EXPORTER_H_
