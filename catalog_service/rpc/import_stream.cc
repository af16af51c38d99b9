#include "catalog_service/rpc/import_stream.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/guarded.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr char kMethod[] = "StreamImport";
// Of one message: a piece of the text, or the options.
constexpr RequestBounds kBounds = {kMethod, kMaxImportPieceBytes + 1024};
// What gRPC takes of a stream that nobody reads.
constexpr size_t kStreamWindow = 64 << 10;

absl::Status Gone() { return MakeError(Reason::kCancelled, "cancelled by the caller"); }

}  // namespace

std::shared_ptr<ImportStream> ImportStream::Create(grpc::CallbackServerContext* context, grpc::ByteBuffer* response,
                                                   const ImportPatience& patience, const Parts& parts, Work work,
                                                   Complete complete) {
  return std::shared_ptr<ImportStream>(
      new ImportStream(context, response, patience, parts, std::move(work), std::move(complete)));
}

ImportStream::ImportStream(grpc::CallbackServerContext* context, grpc::ByteBuffer* response,
                           const ImportPatience& patience, const Parts& parts, Work work, Complete complete)
    : context_(context),
      response_(*response),
      call_(InfoOf(*context)),
      peer_(context->peer()),
      patience_(patience),
      parts_(parts),
      work_(std::move(work)),
      complete_(std::move(complete)),
      place_(parts.budget) {}

absl::Status ImportStream::Admit(StreamPlace stream_place) {
  stream_place_ = std::move(stream_place);
  return place_.Hold(0);
}

void ImportStream::Start() {
  self_ = shared_from_this();
  {
    absl::MutexLock lock(&mutex_);
    if (phase_ == Phase::kReading) BoundRead();
  }
  StartRead(&message_);
}

void ImportStream::End(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (phase_ == Phase::kSendingHeaders && !end_.has_value()) end_ = status;
    if (phase_ != Phase::kReading) return;
    phase_ = Phase::kFinished;
    Settle();
    ForgetUnread();
  }
  Answer(status);
}

// What has come of a stream beyond its last message is dropped by gRPC when the stream ends. Nobody knows how much it
// is. Its connection would be charged with it for ever, and it may be a gateway's. What is forgiven is no more than
// what was read, so that nobody can have more forgiven than sent.
void ImportStream::ForgetUnread() {
  place_.NoteMessage(peer_, std::min(text_.bytes(), kMaxImportPieceBytes + kStreamWindow));
}

void ImportStream::OnReadDone(bool ok) {
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    if (phase_ != Phase::kReading) return;
    Settle();
    if (ok) {
      // A stream whose message throws ends, or it would wait for ever.
      status = Guarded(kMethod, [this] { return AddMessage(); });
      if (status.ok()) BoundRead();
    } else {
      phase_ = Phase::kSendingHeaders;
    }
  }
  if (!ok) return StartSendInitialMetadata();
  if (!status.ok()) return End(status);
  // `End` may come first. gRPC takes a read after the end all the same, as long as this reaction runs.
  StartRead(&message_);
}

absl::Status ImportStream::AddMessage() {
  v1::StreamImportRequest message;
  place_.NoteMessage(peer_, message_.Length());
  absl::Status status = ParseRequest(message_, kBounds, message);
  message_.Clear();
  if (status.ok()) status = text_.Add(std::move(message));
  return status.ok() ? place_.Hold(text_.HeldBytes()) : status;
}

void ImportStream::BoundRead() {
  const absl::Duration text =
      patience_.text + absl::Seconds(static_cast<double>(text_.bytes()) / kMinImportBytesPerSecond);
  const absl::Time deadline = std::min(absl::Now() + patience_.message, call_.start + text);
  read_ = BoundedWait::Start(deadline, [self = shared_from_this()] {
    self->End(MakeError(
        Reason::kDeadlineExceeded,
        absl::StrCat("each message must come within ", absl::FormatDuration(self->patience_.message),
                     " of the one before it, and the text within ", absl::FormatDuration(self->patience_.text),
                     " and at ", kMinImportBytesPerSecond, " bytes a second")));
  });
}

void ImportStream::Settle() {
  if (read_ != nullptr) read_->Settle();
  // The two would keep each other alive.
  read_ = nullptr;
}

void ImportStream::OnSendInitialMetadataDone(bool ok) {
  std::optional<absl::Status> end;
  {
    absl::MutexLock lock(&mutex_);
    if (!ok && !end_.has_value()) end_ = Gone();
    end = end_;
    phase_ = end.has_value() ? Phase::kFinished : Phase::kImporting;
  }
  if (end.has_value()) return Answer(*end);
  if (!parts_.executor->TrySchedule([self = shared_from_this()] { self->Import(); }, call_.peer)) Answer(QueueFull());
}

void ImportStream::OnCancel() { End(Gone()); }

void ImportStream::OnDone() {
  place_.EndWrite();
  const std::shared_ptr<ImportStream> last = std::move(self_);
}

void ImportStream::Import() {
  absl::Status status = StillWanted(*context_, call_.deadline);
  if (status.ok()) status = Guarded(kMethod, [this] { return JoinAndWork(); });
  Answer(status);
}

absl::Status ImportStream::JoinAndWork() {
  const absl::StatusOr<v1::ImportToolsRequest> request = text_.Join();
  if (!request.ok()) return request.status();
  v1::ImportToolsResponse response;
  absl::Status status = work_(*request, &response);
  return status.ok() ? EncodeResponse(response, response_) : status;
}

void ImportStream::Answer(const absl::Status& status) {
  const absl::Status completed = complete_(status);
  text_ = ImportText();
  // The client may take its time with the answer. What was done is answered whatever memory there is.
  place_.BeginWrite(context_->c_call(), status.ok() ? response_.Length() : 0);
  Finish(ToGrpcStatus(completed));
}

}  // namespace toolcatalog
