#include "catalog_service/rpc/export_stream.h"

#include <memory>
#include <utility>
#include <vector>

#include "common/definition/formats/definition_writer.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr char kMethod[] = "StreamExport";
constexpr size_t kMaxStreams = 64;
// A message ends with the document that reaches this.
constexpr size_t kPieceBytes = 512 * 1024;

}  // namespace

ExportStream::ExportStream(ToolExporter* exporter, Executor* executor, const v1::StreamExportRequest& request,
                           grpc::CallbackServerContext* context)
    : ServerStream(kMethod, context), exporter_(*exporter), executor_(*executor), request_(request) {}

absl::StatusOr<StreamStep> ExportStream::Next(grpc::ByteBuffer& message) {
  if (pending_.empty()) {
    return all_is_read_ ? StreamStep::End() : StreamStep::Do(&executor_, [this] { return Read(); });
  }
  v1::StreamExportResponse response;
  response.set_yaml_content(std::move(pending_.front()));
  pending_.pop_front();
  if (absl::Status status = EncodeResponse(response, message); !status.ok()) return status;
  return StreamStep::Write();
}

int64_t ExportStream::KeptBytes() const {
  int64_t bytes = manifest_.has_value() ? manifest_->bytes() : 0;
  for (const std::string& text : pending_) bytes += static_cast<int64_t>(text.capacity());
  return bytes;
}

absl::Status ExportStream::Read() {
  if (!manifest_.has_value()) {
    absl::StatusOr<ChangeLog::Manifest> manifest = exporter_.Select(request_);
    if (!manifest.ok()) return manifest.status();
    manifest_ = *std::move(manifest);
  }
  absl::StatusOr<std::vector<v1::Tool>> tools = exporter_.ReadPortion(*manifest_, manifest_next_);
  if (!tools.ok()) return tools.status();
  manifest_next_ += tools->size();
  DefinitionWriter writer;
  for (const v1::Tool& tool : *tools) {
    writer.Add(tool);
    if (writer.size() >= kPieceBytes) pending_.push_back(writer.Take());
  }
  if (writer.size() > 0) pending_.push_back(writer.Take());
  all_is_read_ = manifest_next_ == manifest_->keys.size();
  return absl::OkStatus();
}

ExportStreams::ExportStreams(ToolExporter* exporter, Executor* executor, OpenCalls* open)
    : exporter_(*exporter), executor_(*executor), streams_(open, "exports", kMaxStreams) {}

grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportStreams::StreamExport(grpc::CallbackServerContext* context,
                                                                        const grpc::ByteBuffer* request) {
  const auto make = [&](const v1::StreamExportRequest& parsed) -> absl::StatusOr<std::shared_ptr<ExportStream>> {
    if (absl::Status status = exporter_.Check(parsed); !status.ok()) return status;
    return std::make_shared<ExportStream>(&exporter_, &executor_, parsed, context);
  };
  return streams_.Open<v1::StreamExportRequest>({kMethod}, context, request, make);
}

}  // namespace toolcatalog
