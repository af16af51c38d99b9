#ifndef TESTS_SUPPORT_WATCH_RECORDER_H_
#define TESTS_SUPPORT_WATCH_RECORDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/support/watch_recording.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// Reads WatchTools on a thread of its own and keeps every message. Thread-safe.
class WatchRecorder {
 public:
  enum class OnEnd { kStop, kResume };
  // Returns the catalog for a connection; the first connection is 0. A stream may be resumed at another replica.
  using StubOf = std::function<v1::CatalogService::Stub*(int connection)>;

  // Begins with `request`. With kResume, resumes after the last complete write when a stream ends with UNAVAILABLE or
  // CANCELLED; any other end is final. The stubs must outlive this object.
  WatchRecorder(StubOf stub_of, v1::WatchToolsRequest request, OnEnd on_end);
  ~WatchRecorder();
  WatchRecorder(const WatchRecorder&) = delete;
  WatchRecorder& operator=(const WatchRecorder&) = delete;

  // Ends the stream. Records nothing afterwards.
  void Stop();

  // Whether the stream brought its first bookmark or a whole snapshot within `timeout`.
  bool AwaitStart(absl::Duration timeout) const { return AwaitRevision(0, timeout); }
  // Whether every write up to `revision` arrived within `timeout`.
  bool AwaitRevision(int64_t revision, absl::Duration timeout) const;
  // Whether the stream ended for good within `timeout`.
  bool AwaitEnd(absl::Duration timeout) const;

  // All that was recorded so far.
  WatchRecording recording() const;

 private:
  void Run();
  // Reads one stream to its end.
  grpc::Status RunOnce(int connection);
  void Keep(v1::WatchToolsResponse message);
  // Notes that the stream can be resumed at the position of this message or write.
  template <typename Positioned>
  void Reach(const Positioned& positioned) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether to connect again. Waits for a moment before that.
  bool EndConnection(const grpc::Status& status);

  const StubOf stub_of_;
  const OnEnd on_end_;
  mutable absl::Mutex mutex_;
  v1::WatchToolsRequest request_ ABSL_GUARDED_BY(mutex_);
  WatchRecording recording_ ABSL_GUARDED_BY(mutex_);
  // -1 = the stream has no position yet.
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = -1;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_WATCH_RECORDER_H_
