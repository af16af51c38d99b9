#ifndef CATALOG_SERVICE_RPC_EXPORT_STREAM_H_
#define CATALOG_SERVICE_RPC_EXPORT_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/read/tool_exporter.h"
#include "common/rpc/bounded_wait.h"
#include "common/rpc/call.h"
#include "common/rpc/executor.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// One StreamExport call. It holds the names of the versions that it exports and one portion of them. Thread-safe.
class ExportStream : public grpc::ServerWriteReactor<v1::StreamExportResponse>,
                     public std::enable_shared_from_this<ExportStream> {
 public:
  // `exporter` and `executor`, where it reads, must outlive it.
  static std::shared_ptr<ExportStream> Create(ToolExporter* exporter, Executor* executor,
                                              const v1::StreamExportRequest& request,
                                              grpc::CallbackServerContext* context);

  // Begins the stream. It keeps itself alive until gRPC is done with it.
  void Start();

  // Ends the stream with `status` once the write in flight is over; a write that hangs is cancelled.
  void End(const absl::Status& status);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ExportStream(ToolExporter* exporter, Executor* executor, const v1::StreamExportRequest& request,
               grpc::CallbackServerContext* context);

  // Does the next thing: finish, write, or have a portion read. Calls gRPC without the lock.
  void Proceed();
  void ScheduleRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BoundWrite(absl::Duration max_write) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The client has not taken a message in time.
  void CancelWrite(int64_t number);

  // On the executor.
  void Read();
  absl::StatusOr<std::vector<std::string>> ReadPieces();

  ToolExporter& exporter_;
  Executor& executor_;
  const v1::StreamExportRequest request_;
  grpc::CallbackServerContext* const context_;
  const CallInfo call_;
  // Set from Start to OnDone.
  std::shared_ptr<ExportStream> self_;

  // Used by the one read that is scheduled at a time.
  std::optional<ChangeLog::Manifest> manifest_;
  size_t manifest_next_ = 0;

  absl::Mutex mutex_;
  // Belongs to gRPC while it is being written.
  v1::StreamExportResponse message_;
  std::deque<std::string> pending_ ABSL_GUARDED_BY(mutex_);
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool all_is_read_ ABSL_GUARDED_BY(mutex_) = false;
  // Set while a message is being written, and the number of messages.
  std::shared_ptr<BoundedWait> write_ ABSL_GUARDED_BY(mutex_);
  int64_t writes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

// The open StreamExport calls of a server, which are few. Thread-safe.
class ExportStreams {
 public:
  // Both must outlive this and the streams.
  ExportStreams(ToolExporter* exporter, Executor* executor) : exporter_(*exporter), executor_(*executor) {}

  // Serves a call. A request that is wrong, or one too many, ends at once.
  grpc::ServerWriteReactor<v1::StreamExportResponse>* Open(grpc::CallbackServerContext* context,
                                                           const v1::StreamExportRequest& request);

  // Ends all with UNAVAILABLE, and those that begin later.
  void Finish();

 private:
  absl::StatusOr<std::shared_ptr<ExportStream>> Add(grpc::CallbackServerContext* context,
                                                    const v1::StreamExportRequest& request);

  ToolExporter& exporter_;
  Executor& executor_;
  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::weak_ptr<ExportStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_EXPORT_STREAM_H_
