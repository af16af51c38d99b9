#include "catalog_service/rpc/import_calls.h"

#include <string>
#include <utility>

#include "common/guarded.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// The status to answer, which is logged.
absl::Status Completed(absl::string_view method, const CallInfo& info, const absl::Status& status) {
  LogCall(method, info, status);
  return status.ok() ? status : NotExecuted(status);
}

// A stream that ends at once.
class RefusedImport : public grpc::ServerReadReactor<grpc::ByteBuffer> {
 public:
  explicit RefusedImport(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

absl::Status ImportCalls::Import(absl::string_view method, const v1::ImportToolsRequest& request, const CallInfo& info,
                                 const std::function<bool()>& abandoned, v1::ImportToolsResponse* response) {
  const auto import = [&]() -> absl::Status {
    absl::StatusOr<v1::ImportToolsResponse> result = importer_.Import(request, info, abandoned);
    if (!result.ok()) return result.status();
    *response = *std::move(result);
    return absl::OkStatus();
  };
  const absl::Status status = Guarded(method, import);
  // Parts of it may have been stored before the exception.
  return HasReason(status, Reason::kInternalError) ? OutcomeUnknown(status) : status;
}

void ImportCalls::ImportTools(UnaryCall& call, const v1::ImportToolsRequest& request,
                              v1::ImportToolsResponse& response) {
  const CallInfo info = call.Info();
  AnswerOn(
      executor_, call,
      [this, info, &call, &request, &response] {
        return Import(
            call.method(), request, info, [&call] { return call.IsCancelled(); }, &response);
      },
      [&call, info](const absl::Status& status) { return Completed(call.method(), info, status); });
}

grpc::ServerReadReactor<grpc::ByteBuffer>* ImportCalls::StreamImport(grpc::CallbackServerContext* context,
                                                                     grpc::ByteBuffer* response) {
  const absl::StatusOr<std::shared_ptr<ImportStream>> stream =
      Guarded("StreamImport", [&] { return Open(context, response); });
  if (!stream.ok()) return new RefusedImport(Completed("StreamImport", InfoOf(*context), stream.status()));
  (*stream)->Start();
  return stream->get();
}

absl::StatusOr<std::shared_ptr<ImportStream>> ImportCalls::Open(grpc::CallbackServerContext* context,
                                                                grpc::ByteBuffer* response) {
  const CallInfo info = InfoOf(*context);
  auto work = [this, info, context](const v1::ImportToolsRequest& request, v1::ImportToolsResponse* answer) {
    return Import(
        "StreamImport", request, info, [context] { return context->IsCancelled(); }, answer);
  };
  auto complete = [info](const absl::Status& status) { return Completed("StreamImport", info, status); };
  std::shared_ptr<ImportStream> stream =
      ImportStream::Create(context, response, patience_, {&budget_, &executor_}, std::move(work), std::move(complete));
  absl::StatusOr<StreamPlace> place = places_.Take(stream, info.peer);
  if (!place.ok()) return place.status();
  if (absl::Status status = stream->Admit(*std::move(place)); !status.ok()) return status;
  return stream;
}

void ImportCalls::FinishStreams() {
  for (const auto& stream : places_.Close()) stream->End(StreamPlaces<ImportStream>::Closed());
}

}  // namespace toolcatalog
