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

absl::Status Gone() { return MakeError(Reason::kCancelled, "cancelled by the caller"); }

}  // namespace

std::shared_ptr<ImportStream> ImportStream::Create(grpc::CallbackServerContext* context, const ImportPatience& patience,
                                                   ImportBudget::Place place, Executor* executor, Work work,
                                                   Complete complete) {
  return std::shared_ptr<ImportStream>(
      new ImportStream(context, patience, std::move(place), executor, std::move(work), std::move(complete)));
}

ImportStream::ImportStream(grpc::CallbackServerContext* context, const ImportPatience& patience,
                           ImportBudget::Place place, Executor* executor, Work work, Complete complete)
    : context_(context),
      call_(InfoOf(*context)),
      patience_(patience),
      executor_(*executor),
      work_(std::move(work)),
      complete_(std::move(complete)),
      place_(std::move(place)) {}

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
  }
  Answer(status);
}

void ImportStream::OnReadDone(bool ok) {
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    if (phase_ != Phase::kReading) return;
    Settle();
    if (ok) {
      // A stream whose message throws ends, or it would wait for ever.
      status = Guarded(kMethod, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return Take(); });
    } else {
      phase_ = Phase::kSendingHeaders;
    }
  }
  if (!ok) return StartSendInitialMetadata();
  if (!status.ok()) return End(status);
  // `End` may come first. gRPC takes a read after the end all the same, as long as this reaction runs.
  StartRead(&message_);
}

absl::Status ImportStream::Take() {
  absl::Status status = text_.Add(std::move(message_));
  if (status.ok()) status = place_.Hold(text_.bytes() + kMaxImportPieceBytes);
  if (status.ok()) BoundRead();
  message_.Clear();
  return status;
}

void ImportStream::BoundRead() {
  const absl::Time deadline = std::min(absl::Now() + patience_.message, call_.start + patience_.text);
  read_ = BoundedWait::Start(deadline, [self = shared_from_this()] {
    self->End(MakeError(Reason::kDeadlineExceeded,
                        absl::StrCat("the text must come within ", absl::FormatDuration(self->patience_.text),
                                     ", and each message within ", absl::FormatDuration(self->patience_.message),
                                     " of the one before it")));
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
  if (!executor_.TrySchedule([self = shared_from_this()] { self->Import(); })) Answer(QueueFull());
}

void ImportStream::OnCancel() { End(Gone()); }

void ImportStream::OnDone() { const std::shared_ptr<ImportStream> last = std::move(self_); }

void ImportStream::Import() {
  absl::Status status = StillWanted(*context_, call_.deadline);
  if (status.ok()) status = Guarded(kMethod, [this] { return JoinAndWork(); });
  Answer(status);
}

absl::Status ImportStream::JoinAndWork() {
  const absl::StatusOr<v1::ImportToolsRequest> request = text_.Join();
  if (!request.ok()) return request.status();
  // No further message comes.
  if (absl::Status status = place_.Hold(request->yaml_content().size()); !status.ok()) return status;
  return work_(*request);
}

void ImportStream::Answer(const absl::Status& status) {
  // The client may take its time with the answer.
  text_ = ImportText();
  place_.Release();
  Finish(ToGrpcStatus(complete_(status)));
}

}  // namespace toolcatalog
