#ifndef CATALOG_SERVICE_RPC_EXPORT_STREAM_H_
#define CATALOG_SERVICE_RPC_EXPORT_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/read/tool_exporter.h"
#include "common/rpc/executor.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/server_stream.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// One StreamExport call. It holds the names of the versions that it exports and one portion of them. Thread-safe.
class ExportStream final : public ServerStream {
 public:
  // `exporter` and `executor`, where it reads, must outlive it.
  ExportStream(ToolExporter* exporter, Executor* executor, const v1::StreamExportRequest& request,
               grpc::CallbackServerContext* context);

 private:
  absl::StatusOr<StreamStep> Next(grpc::ByteBuffer& message) override;
  int64_t KeptBytes() const override;
  // Reads the next portion; blocks on the database.
  absl::Status Read();

  ToolExporter& exporter_;
  Executor& executor_;
  const v1::StreamExportRequest request_;
  std::optional<ChangeLog::Manifest> manifest_;
  size_t manifest_next_ = 0;
  bool all_is_read_ = false;
  // Texts of the messages to come.
  std::deque<std::string> pending_;
};

// The open StreamExport calls of a server. Only a few may be open. Thread-safe.
class ExportStreams {
 public:
  // All must outlive this and the streams.
  ExportStreams(ToolExporter* exporter, Executor* executor, OpenCalls* open);

  // Serves a call. A call with a wrong request, or one call too many, ends at once.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* StreamExport(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request);

  // Ends all calls with UNAVAILABLE, also those that begin later.
  void Drain() { streams_.Drain(); }

 private:
  ToolExporter& exporter_;
  Executor& executor_;
  StreamRegistry streams_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_EXPORT_STREAM_H_
