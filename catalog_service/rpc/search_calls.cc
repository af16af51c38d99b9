#include "catalog_service/rpc/search_calls.h"

#include "common/rpc/call.h"

namespace toolcatalog {

void SearchCalls::SearchTools(UnaryCall& call, const v1::SearchToolsRequest& request,
                              v1::SearchToolsResponse& response) {
  AnswerReadOn(reads_, call, [this, &request, &response] { return requests_.SearchTools(request, &response); });
}

void SearchCalls::ListCapabilities(UnaryCall& call, const v1::ListCapabilitiesRequest& request,
                                   v1::ListCapabilitiesResponse& response) {
  AnswerReadOn(reads_, call, [this, &request, &response] { return requests_.ListCapabilities(request, &response); });
}

void SearchCalls::ListCapabilityTools(UnaryCall& call, const v1::ListCapabilityToolsRequest& request,
                                      v1::ListCapabilityToolsResponse& response) {
  AnswerReadOn(reads_, call, [this, &request, &response] { return requests_.ListCapabilityTools(request, &response); });
}

}  // namespace toolcatalog
