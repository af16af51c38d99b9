#ifndef TESTS_SUPPORT_EVENT_RECORDER_H_
#define TESTS_SUPPORT_EVENT_RECORDER_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"

namespace toolcatalog {

// Reads WatchReloads on a thread of its own, from the oldest event that the process remembers, and keeps every event.
// Thread-safe.
class EventRecorder {
 public:
  // The stub must outlive this object.
  explicit EventRecorder(v1::ReloadService::Stub* reload);
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  // Whether an event came within `timeout` that says that the cache has applied `revision`.
  bool AwaitRevision(int64_t revision, absl::Duration timeout) const;
  // Ends the stream and returns its events. Records nothing afterwards.
  std::vector<v1::ReloadEvent> Stop();

 private:
  void Run();

  v1::ReloadService::Stub* const reload_;
  grpc::ClientContext context_;
  mutable absl::Mutex mutex_;
  std::vector<v1::ReloadEvent> events_ ABSL_GUARDED_BY(mutex_);
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_EVENT_RECORDER_H_
