#ifndef CATALOG_SERVICE_RPC_IMPORT_STREAM_H_
#define CATALOG_SERVICE_RPC_IMPORT_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "catalog_service/rpc/import_budget.h"
#include "catalog_service/rpc/import_text.h"
#include "common/rpc/bounded_wait.h"
#include "common/rpc/call.h"
#include "common/rpc/executor.h"
#include "common/rpc/request_bytes.h"
#include "common/rpc/stream_places.h"
#include "toolcatalog/v1/transfer.pb.h"

// How it works: messages are read one at a time, and each is counted before the next one is asked for. When the client
// closes its side, the call's headers are sent, and the import runs on the executor once they are under way.
//
// Why the headers: for the reader, a client that closes its side looks like one that is gone, and the cancellation may
// be told later than the end of the messages. The import of half a text must not begin. On a call that is over, headers
// cannot be sent.
//
// Invariants:
// - One read is in flight at most.
// - `Finish` is called once, by whoever moves the phase to kFinished. It may come while a read is in flight, which then
//   ends without a message; it never comes while headers are being sent.
// - The phase says who may touch the text and the place: in kReading who holds the lock, in kImporting the executor.
// - The stream keeps itself alive from `Start` to OnDone, and OnDone is the only place that lets go.
//
// gRPC is never called with the lock held, but for timers.

namespace toolcatalog {

inline constexpr int kMinImportBytesPerSecond = 64 << 10;

// How long a client may take. It may be shorter in tests.
struct ImportPatience {
  // Between two messages.
  absl::Duration message = absl::Seconds(30);
  // For all of them, and beside that as long as what has come takes at `kMinImportBytesPerSecond`: what has come is
  // held in memory, so it must not trickle in.
  absl::Duration text = absl::Seconds(30);
};

// One StreamImport call. Thread-safe.
class ImportStream : public grpc::ServerReadReactor<grpc::ByteBuffer>,
                     public std::enable_shared_from_this<ImportStream> {
 public:
  // Carries out the import; may block.
  using Work = std::function<absl::Status(const v1::ImportToolsRequest& request, v1::ImportToolsResponse* response)>;
  // Completes, and logs, the status of the call before it is answered.
  using Complete = std::function<absl::Status(const absl::Status& status)>;

  // What an import works with. All must outlive the stream.
  struct Parts {
    ImportBudget* budget;
    Executor* executor;
  };
  // `response` is where the answer is written, encoded.
  static std::shared_ptr<ImportStream> Create(grpc::CallbackServerContext* context, grpc::ByteBuffer* response,
                                              const ImportPatience& patience, const Parts& parts, Work work,
                                              Complete complete);

  // RESOURCE_EXHAUSTED if there is no room for another import. Call first.
  absl::Status Admit(StreamPlace stream_place);
  // Begins to read. The stream keeps itself alive until gRPC is done with it.
  void Start();

  // Ends the stream with `status`, unless its import has begun.
  void End(const absl::Status& status);

  void OnReadDone(bool ok) override;
  void OnSendInitialMetadataDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  enum class Phase { kReading, kSendingHeaders, kImporting, kFinished };

  ImportStream(grpc::CallbackServerContext* context, grpc::ByteBuffer* response, const ImportPatience& patience,
               const Parts& parts, Work work, Complete complete);

  // Takes the message that was read.
  absl::Status AddMessage();
  // Has the stream ended if the next message takes too long.
  void BoundRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the bound on the read under way.
  void Settle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The stream ends before its text did.
  void ForgetUnread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // On the executor.
  void Import();
  absl::Status JoinAndWork();
  // Called by whoever moved the phase away from what others may end.
  void Answer(const absl::Status& status);

  grpc::CallbackServerContext* const context_;
  grpc::ByteBuffer& response_;
  const CallInfo call_;
  const std::string peer_;
  const ImportPatience patience_;
  const Parts parts_;
  const Work work_;
  const Complete complete_;
  // Set from Start to OnDone.
  std::shared_ptr<ImportStream> self_;

  // Belongs to gRPC while it is being read.
  grpc::ByteBuffer message_;
  ImportText text_;
  ImportBudget::Place place_;
  StreamPlace stream_place_;

  absl::Mutex mutex_;
  Phase phase_ ABSL_GUARDED_BY(mutex_) = Phase::kReading;
  std::shared_ptr<BoundedWait> read_ ABSL_GUARDED_BY(mutex_);
  // Why the stream ends when the headers are sent.
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_IMPORT_STREAM_H_
