#ifndef CLIENTS_CPP_TESTING_FAKE_WATCH_H_
#define CLIENTS_CPP_TESTING_FAKE_WATCH_H_

#include <grpcpp/support/status.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/testing/fake_call.h"
#include "clients/cpp/testing/streamed_state.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// A WatchTools call that a fake catalog serves; the test says what it streams. Thread-safe.
class FakeWatch {
 public:
  // `state` is what all streams of the catalog have sent together.
  FakeWatch(v1::WatchToolsRequest request, std::shared_ptr<StreamedState> state)
      : state_(std::move(state)), request_(std::move(request)) {}

  const v1::WatchToolsRequest& request() const { return request_; }
  // Sends `message`. The true state hash replaces the placeholder `TestStateHash` of a message or of a write in it.
  void Send(v1::WatchToolsResponse message);
  // Ends the stream with `status` after all messages.
  void End(const grpc::Status& status);
  // Whether the client gave the call up within 10 s.
  bool AwaitCancelled();

  // For the catalog: writes what the test sends, and returns when the stream ends or the client gives the call up.
  grpc::Status Serve(const FakeCall::Cancelled& cancelled,
                     const std::function<void(const v1::WatchToolsResponse&)>& write);

 private:
  const std::shared_ptr<StreamedState> state_;
  const v1::WatchToolsRequest request_;
  absl::Mutex mutex_;
  // Parts of a snapshot, and changes of a write, whose last part was not sent yet.
  std::vector<v1::Snapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Change> changes_ ABSL_GUARDED_BY(mutex_);
  std::deque<v1::WatchToolsResponse> messages_ ABSL_GUARDED_BY(mutex_);
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_TESTING_FAKE_WATCH_H_
