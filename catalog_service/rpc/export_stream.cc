#include "catalog_service/rpc/export_stream.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/definition/formats/definition_writer.h"
#include "common/guarded.h"
#include "common/rpc/grpc_status.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

// Each holds some megabytes.
constexpr size_t kMaxStreams = 32;
// A client that takes no message for this long is gone or hopeless.
constexpr absl::Duration kMaxWrite = absl::Seconds(30);
constexpr absl::Duration kMaxLastWrite = absl::Seconds(1);
// A message ends with the document that reaches this.
constexpr size_t kPieceBytes = 512 * 1024;

constexpr char kDraining[] = "the server is shutting down";

// A stream that ends at once.
class RefusedExport : public grpc::ServerWriteReactor<v1::StreamExportResponse> {
 public:
  explicit RefusedExport(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

std::shared_ptr<ExportStream> ExportStream::Create(ToolExporter* exporter, Executor* executor,
                                                   const v1::StreamExportRequest& request,
                                                   grpc::CallbackServerContext* context) {
  return std::shared_ptr<ExportStream>(new ExportStream(exporter, executor, request, context));
}

ExportStream::ExportStream(ToolExporter* exporter, Executor* executor, const v1::StreamExportRequest& request,
                           grpc::CallbackServerContext* context)
    : exporter_(*exporter), executor_(*executor), request_(request), context_(context), call_(InfoOf(*context)) {}

void ExportStream::Start() {
  self_ = shared_from_this();
  Proceed();
}

void ExportStream::End(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = status;
    if (write_ != nullptr) BoundWrite(kMaxLastWrite);
  }
  Proceed();
}

void ExportStream::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    write_->Settle();
    write_ = nullptr;
    if (!ok && !end_.has_value()) end_ = absl::CancelledError("the client is gone");
  }
  Proceed();
}

void ExportStream::OnCancel() { End(absl::CancelledError("cancelled by the caller")); }

void ExportStream::OnDone() { const std::shared_ptr<ExportStream> last = std::move(self_); }

void ExportStream::Proceed() {
  std::optional<absl::Status> finish;
  {
    absl::MutexLock lock(&mutex_);
    if (write_ != nullptr || finished_) return;
    if (!end_.has_value() && pending_.empty()) {
      if (all_is_read_) {
        end_ = absl::OkStatus();
      } else if (!reading_) {
        ScheduleRead();
      }
    }
    if (end_.has_value()) {
      finished_ = true;
      finish = end_;
    } else if (pending_.empty()) {
      return;
    } else {
      message_.set_yaml_content(std::move(pending_.front()));
      pending_.pop_front();
      ++writes_;
      BoundWrite(kMaxWrite);
    }
  }
  if (!finish.has_value()) return StartWrite(&message_);
  if (!finish->ok() && !absl::IsCancelled(*finish)) LogCall("StreamExport", call_, *finish);
  Finish(ToGrpcStatus(*finish));
}

void ExportStream::ScheduleRead() {
  reading_ = executor_.TrySchedule([self = shared_from_this()] { self->Read(); });
  if (!reading_) end_ = QueueFull();
}

void ExportStream::BoundWrite(absl::Duration max_write) {
  if (write_ != nullptr) write_->Settle();
  write_ = BoundedWait::Start(absl::Now() + max_write,
                              [self = shared_from_this(), number = writes_] { self->CancelWrite(number); });
}

void ExportStream::CancelWrite(int64_t number) {
  grpc_call* call;
  {
    absl::MutexLock lock(&mutex_);
    // The write may be over, and the next one begun.
    if (write_ == nullptr || writes_ != number) return;
    // The call may end, and its context with it, once the lock is released.
    call = context_->c_call();
    grpc_call_ref(call);
  }
  grpc_call_cancel(call, nullptr);
  grpc_call_unref(call);
}

void ExportStream::Read() {
  {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
  }
  // A stream whose read throws ends, or it would wait for the rest for ever.
  absl::StatusOr<std::vector<std::string>> pieces = Guarded("StreamExport", [this] { return ReadPieces(); });
  {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    if (!pieces.ok()) {
      if (!end_.has_value()) end_ = pieces.status();
    } else {
      all_is_read_ = manifest_next_ == manifest_->keys.size();
      for (std::string& piece : *pieces) pending_.push_back(std::move(piece));
    }
  }
  Proceed();
}

absl::StatusOr<std::vector<std::string>> ExportStream::ReadPieces() {
  if (!manifest_.has_value()) {
    absl::StatusOr<ChangeLog::Manifest> manifest = exporter_.Select(request_);
    if (!manifest.ok()) return manifest.status();
    manifest_ = *std::move(manifest);
  }
  absl::StatusOr<std::vector<v1::Tool>> tools = exporter_.ReadPortion(*manifest_, manifest_next_);
  if (!tools.ok()) return tools.status();
  manifest_next_ += tools->size();
  std::vector<std::string> pieces;
  DefinitionWriter writer;
  for (const v1::Tool& tool : *tools) {
    writer.Add(tool);
    if (writer.size() >= kPieceBytes) pieces.push_back(writer.Take());
  }
  if (writer.size() > 0) pieces.push_back(writer.Take());
  return pieces;
}

absl::StatusOr<std::shared_ptr<ExportStream>> ExportStreams::Add(grpc::CallbackServerContext* context,
                                                                 const v1::StreamExportRequest& request) {
  if (absl::Status status = exporter_.Check(request); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  streams_.erase(std::remove_if(streams_.begin(), streams_.end(), [](const auto& weak) { return weak.expired(); }),
                 streams_.end());
  if (draining_) return absl::UnavailableError(kDraining);
  if (streams_.size() >= kMaxStreams) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this server serves ", kMaxStreams, " exports at a time; try again later, or another replica"));
  }
  std::shared_ptr<ExportStream> stream = ExportStream::Create(&exporter_, &executor_, request, context);
  streams_.push_back(stream);
  return stream;
}

grpc::ServerWriteReactor<v1::StreamExportResponse>* ExportStreams::Open(grpc::CallbackServerContext* context,
                                                                        const v1::StreamExportRequest& request) {
  absl::StatusOr<std::shared_ptr<ExportStream>> stream = Add(context, request);
  if (!stream.ok()) return new RefusedExport(stream.status());
  (*stream)->Start();
  return stream->get();
}

void ExportStreams::Finish() {
  std::vector<std::shared_ptr<ExportStream>> open;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    for (const auto& weak : streams_) {
      if (auto stream = weak.lock()) open.push_back(std::move(stream));
    }
  }
  for (const auto& stream : open) stream->End(absl::UnavailableError(kDraining));
}

}  // namespace toolcatalog
