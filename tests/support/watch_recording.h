#ifndef TESTS_SUPPORT_WATCH_RECORDING_H_
#define TESTS_SUPPORT_WATCH_RECORDING_H_

#include <grpcpp/grpcpp.h>

#include <vector>

#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// One stream of WatchTools as a client saw it.
struct WatchConnection {
  v1::WatchToolsRequest request;
  std::vector<v1::WatchToolsResponse> messages;
  // How it ended.
  grpc::Status status;
};

// What a client saw that resumed wherever a stream ended.
struct WatchRecording {
  std::vector<WatchConnection> connections;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_WATCH_RECORDING_H_
