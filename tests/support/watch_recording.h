#ifndef TESTS_SUPPORT_WATCH_RECORDING_H_
#define TESTS_SUPPORT_WATCH_RECORDING_H_

#include <grpcpp/grpcpp.h>

#include <string>
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

// All streams of a client that resumed whenever a stream ended, in their order.
struct WatchRecording {
  std::vector<WatchConnection> connections;
};

// The changes of all writes of a message, and of all messages.
std::vector<v1::Change> ChangesIn(const v1::WatchToolsResponse& message);
std::vector<v1::Change> ChangesIn(const std::vector<v1::WatchToolsResponse>& messages);
// Whether the message ends within a write or a snapshot.
bool EndsInFragment(const v1::WatchToolsResponse& message);
// What is wrong with the structure of the batch in a message; "" if nothing is.
std::string WrongInBatch(const v1::WatchToolsResponse& message);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_WATCH_RECORDING_H_
