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

// What a client saw that resumed wherever a stream ended.
struct WatchRecording {
  std::vector<WatchConnection> connections;
};

// The changes of all writes of a message, and of all messages.
std::vector<v1::Change> ChangesIn(const v1::WatchToolsResponse& message);
std::vector<v1::Change> ChangesIn(const std::vector<v1::WatchToolsResponse>& messages);
// Whether the message ends within a write or a snapshot.
bool EndsInFragment(const v1::WatchToolsResponse& message);
// What is wrong with how the batch of a message is put together, "" if nothing.
std::string WrongInBatch(const v1::WatchToolsResponse& message);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_WATCH_RECORDING_H_
