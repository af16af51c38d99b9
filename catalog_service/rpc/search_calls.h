#ifndef CATALOG_SERVICE_RPC_SEARCH_CALLS_H_
#define CATALOG_SERVICE_RPC_SEARCH_CALLS_H_

#include <grpcpp/grpcpp.h>

#include "catalog_service/rpc/tool_requests.h"
#include "common/rpc/executor.h"
#include "common/rpc/unary_call.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// Serves the calls that find tools, by words or by capability. Thread-safe; no gRPC thread is blocked.
class SearchCalls {
 public:
  // Both must outlive this and the calls.
  SearchCalls(ToolRequests* requests, Executor* reads) : requests_(*requests), reads_(*reads) {}

  void SearchTools(UnaryCall& call, const v1::SearchToolsRequest& request, v1::SearchToolsResponse& response);
  void ListCapabilities(UnaryCall& call, const v1::ListCapabilitiesRequest& request,
                        v1::ListCapabilitiesResponse& response);
  void ListCapabilityTools(UnaryCall& call, const v1::ListCapabilityToolsRequest& request,
                           v1::ListCapabilityToolsResponse& response);

 private:
  ToolRequests& requests_;
  Executor& reads_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_SEARCH_CALLS_H_
