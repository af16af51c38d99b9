#ifndef CATALOG_SERVICE_RPC_CHANGE_REQUESTS_H_
#define CATALOG_SERVICE_RPC_CHANGE_REQUESTS_H_

#include <functional>

#include "absl/status/statusor.h"
#include "catalog_service/changes/change_list.h"
#include "catalog_service/changes/tool_history.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// Checks requests for changes and answers them. Each method blocks on the database, and answers INVALID_ARGUMENT that
// names every violation. Thread-safe.
class ChangeRequests {
 public:
  // Both must outlive this.
  ChangeRequests(ChangeList* list, ToolHistory* history) : list_(*list), history_(*history) {}

  absl::StatusOr<v1::ListChangesResponse> List(const v1::ListChangesRequest& request) const;
  // CANCELLED once `abandoned` says so.
  absl::StatusOr<v1::ListToolHistoryResponse> History(const v1::ListToolHistoryRequest& request,
                                                      const std::function<bool()>& abandoned) const;

 private:
  ChangeList& list_;
  ToolHistory& history_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_CHANGE_REQUESTS_H_
