#include "catalog_service/rpc/search_calls.h"

#include "common/rpc/call.h"

namespace toolcatalog {

grpc::ServerUnaryReactor* SearchCalls::SearchTools(grpc::CallbackServerContext* context,
                                                   const v1::SearchToolsRequest* request,
                                                   v1::SearchToolsResponse* response) {
  return ServeReadOn(reads_, context, "SearchTools",
                     [this, request, response] { return requests_.SearchTools(*request, response); });
}

grpc::ServerUnaryReactor* SearchCalls::ListCapabilities(grpc::CallbackServerContext* context,
                                                        const v1::ListCapabilitiesRequest* request,
                                                        v1::ListCapabilitiesResponse* response) {
  return ServeReadOn(reads_, context, "ListCapabilities",
                     [this, request, response] { return requests_.ListCapabilities(*request, response); });
}

grpc::ServerUnaryReactor* SearchCalls::ListCapabilityTools(grpc::CallbackServerContext* context,
                                                           const v1::ListCapabilityToolsRequest* request,
                                                           v1::ListCapabilityToolsResponse* response) {
  return ServeReadOn(reads_, context, "ListCapabilityTools",
                     [this, request, response] { return requests_.ListCapabilityTools(*request, response); });
}

}  // namespace toolcatalog
