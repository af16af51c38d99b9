#include "catalog_service/rpc/catalog_handlers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "catalog_service/rpc/deprecation.h"
#include "catalog_service/rpc/watch_request.h"
#include "common/guarded.h"
#include "common/page_token.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

// Trailer of writes: the revision at which they are visible.
constexpr char kRevisionKey[] = "x-revision";
constexpr size_t kMaxStreams = 1000;
// Of imports that run or wait, together.
constexpr int64_t kMaxImportBytesInFlight = 256 << 20;

template <typename Response>
absl::Status Take(absl::StatusOr<Response> result, Response* response) {
  if (!result.ok()) return result.status();
  *response = *std::move(result);
  return absl::OkStatus();
}

// Tells the caller of a deprecated tool. gRPC ends the process on a trailer that is not printable ASCII.
void WarnOf(const v1::Tool& tool, grpc::CallbackServerContext* context) {
  std::string warning = DeprecationWarning(tool);
  if (warning.empty() || !absl::c_all_of(warning, absl::ascii_isprint)) return;
  context->AddTrailingMetadata(kToolWarningKey, std::move(warning));
}

// Answers the tool that a write made.
auto ToolInto(v1::Tool* response, grpc::CallbackServerContext* context) {
  return [response, context](MutationResult result) {
    WarnOf(result.tool, context);
    *response = std::move(result.tool);
  };
}

// A stream that ends at once.
class RefusedStream : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  explicit RefusedStream(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

CatalogHandlers::CatalogHandlers(const Parts& parts) : parts_(parts), mutations_(parts.validator) {}

template <typename Fill>
void CatalogHandlers::Queue(grpc::ServerUnaryReactor* reactor, grpc::CallbackServerContext* context, const char* method,
                            const CallInfo& call, absl::StatusOr<Mutation> mutation, Fill fill) {
  CallInfo logged = call;
  // As the log of changes has it.
  if (mutation.ok()) logged.actor = mutation->actor;
  auto finish = [reactor, method, logged](const absl::Status& status) {
    LogCall(method, logged, status);
    reactor->Finish(ToGrpcStatus(status));
  };
  if (!mutation.ok()) return finish(NotExecuted(mutation.status()));
  parts_.queue->Submit(
      *std::move(mutation), call.deadline, [context] { return context->IsCancelled(); },
      [context, method, finish, fill](absl::StatusOr<MutationResult> result) {
        if (!result.ok()) return finish(result.status());
        const absl::Status filled = Guarded(method, [&] {
          context->AddTrailingMetadata(kRevisionKey, absl::StrCat(result->revision));
          fill(*std::move(result));
        });
        // The write is done: a caller must not take it for one that was not executed.
        finish(filled.ok() ? filled : OutcomeUnknown(filled));
      });
}

template <typename Make, typename Fill>
grpc::ServerUnaryReactor* CatalogHandlers::Write(grpc::CallbackServerContext* context, const char* method, Make make,
                                                 Fill fill) {
  const CallInfo call = InfoOf(*context);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Queue(reactor, context, method, call, Guarded(method, [&] { return make(call); }), fill);
  return reactor;
}

template <typename Make>
grpc::ServerUnaryReactor* CatalogHandlers::WriteTool(grpc::CallbackServerContext* context, const char* method,
                                                     Make make, v1::Tool* response) {
  return Write(context, method, make, ToolInto(response, context));
}

grpc::ServerUnaryReactor* CatalogHandlers::CreateTool(grpc::CallbackServerContext* context,
                                                      const v1::CreateToolRequest* request, v1::Tool* response) {
  return WriteTool(
      context, "CreateTool", [&](const CallInfo& call) { return mutations_.Create(*request, call); }, response);
}

grpc::ServerUnaryReactor* CatalogHandlers::UpdateTool(grpc::CallbackServerContext* context,
                                                      const v1::UpdateToolRequest* request, v1::Tool* response) {
  return WriteTool(
      context, "UpdateTool", [&](const CallInfo& call) { return mutations_.Update(*request, call); }, response);
}

grpc::ServerUnaryReactor* CatalogHandlers::DeleteTool(grpc::CallbackServerContext* context,
                                                      const v1::DeleteToolRequest* request,
                                                      v1::DeleteToolResponse* response) {
  const auto fill = [response](MutationResult result) {
    response->set_revision(result.revision);
    response->set_deleted_versions(result.deleted_versions);
  };
  return Write(
      context, "DeleteTool", [&](const CallInfo& call) { return mutations_.Delete(*request, call); }, fill);
}

grpc::ServerUnaryReactor* CatalogHandlers::EnableTool(grpc::CallbackServerContext* context,
                                                      const v1::EnableToolRequest* request, v1::Tool* response) {
  return WriteTool(
      context, "EnableTool", [&](const CallInfo& call) { return mutations_.Enable(*request, call); }, response);
}

grpc::ServerUnaryReactor* CatalogHandlers::DisableTool(grpc::CallbackServerContext* context,
                                                       const v1::DisableToolRequest* request, v1::Tool* response) {
  return WriteTool(
      context, "DisableTool", [&](const CallInfo& call) { return mutations_.Disable(*request, call); }, response);
}

grpc::ServerUnaryReactor* CatalogHandlers::PromoteToolVersion(grpc::CallbackServerContext* context,
                                                              const v1::PromoteToolVersionRequest* request,
                                                              v1::Tool* response) {
  return WriteTool(
      context, "PromoteToolVersion", [&](const CallInfo& call) { return mutations_.Promote(*request, call); },
      response);
}

// A mutation that was refused has no past to read. It goes to the queue as it is, which knows whether it repeats one
// that was applied.
absl::Status CatalogHandlers::ReadTarget(int64_t revision, Mutation& mutation) {
  auto* rollback = std::get_if<RollbackMutation>(&mutation.action);
  if (rollback == nullptr) return absl::OkStatus();
  absl::StatusOr<ToolState> target = parts_.history->RollbackTarget(rollback->name_key, revision);
  if (!target.ok()) return target.status();
  rollback->target = *std::move(target);
  return absl::OkStatus();
}

// The past is read before the write is queued, which must not wait for reads under the lock.
grpc::ServerUnaryReactor* CatalogHandlers::RollbackTool(grpc::CallbackServerContext* context,
                                                        const v1::RollbackToolRequest* request, v1::Tool* response) {
  static constexpr char kMethod[] = "RollbackTool";
  const CallInfo call = InfoOf(*context);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto queue = [=](absl::StatusOr<Mutation> mutation) {
    Queue(reactor, context, kMethod, call, std::move(mutation), ToolInto(response, context));
  };
  auto complete = [=](Mutation mutation) -> absl::StatusOr<Mutation> {
    if (absl::Status status = StillWanted(*context, call.deadline); !status.ok()) return status;
    if (absl::Status status = ReadTarget(request->to_revision(), mutation); !status.ok()) {
      mutation.action = RefusedMutation{std::move(status)};
    }
    return mutation;
  };
  absl::StatusOr<Mutation> mutation = Guarded(kMethod, [&] { return mutations_.RollBack(*request, call); });
  if (!mutation.ok()) {
    queue(mutation.status());
    return reactor;
  }
  const bool taken = parts_.reads->TrySchedule([=, mutation = *std::move(mutation)]() mutable {
    queue(Guarded(kMethod, [&] { return complete(std::move(mutation)); }));
  });
  if (!taken) queue(QueueFull());
  return reactor;
}

grpc::ServerUnaryReactor* CatalogHandlers::GetTool(grpc::CallbackServerContext* context,
                                                   const v1::GetToolRequest* request, v1::GetToolResponse* response) {
  return ServeReadOn(*parts_.reads, context, "GetTool", [this, context, request, response] {
    absl::StatusOr<std::string> name_key = RequiredNameKey(request->tool_name());
    if (!name_key.ok()) return name_key.status();
    absl::StatusOr<std::string> version_key = OptionalVersionKey(request->version());
    if (!version_key.ok()) return version_key.status();
    if (request->has_revision() && request->revision() < 0) {
      return InvalidArgumentError("revision", absl::StrCat("must be at least 0, got ", request->revision()));
    }
    absl::Status status =
        Take(request->has_revision() ? parts_.history->GetAsOf(*name_key, *version_key, request->revision())
                                     : parts_.store->Get(*name_key, *version_key),
             response);
    if (status.ok()) WarnOf(response->tool(), context);
    return status;
  });
}

grpc::ServerUnaryReactor* CatalogHandlers::ListToolVersions(grpc::CallbackServerContext* context,
                                                            const v1::ListToolVersionsRequest* request,
                                                            v1::ListToolVersionsResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListToolVersions",
                     [this, request, response] { return parts_.queries->ListToolVersions(*request, response); });
}

grpc::ServerUnaryReactor* CatalogHandlers::ListToolHistory(grpc::CallbackServerContext* context,
                                                           const v1::ListToolHistoryRequest* request,
                                                           v1::ListToolHistoryResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListToolHistory", [this, context, request, response] {
    return Take(parts_.changes->History(*request, [context] { return context->IsCancelled(); }), response);
  });
}

grpc::ServerUnaryReactor* CatalogHandlers::ValidateTool(grpc::CallbackServerContext* context,
                                                        const v1::ValidateToolRequest* request,
                                                        v1::ValidateToolResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ValidateTool",
                     [this, request, response] { return parts_.validation->Validate(*request, response); });
}

grpc::ServerUnaryReactor* CatalogHandlers::ListTools(grpc::CallbackServerContext* context,
                                                     const v1::ListToolsRequest* request,
                                                     v1::ListToolsResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListTools",
                     [this, request, response] { return parts_.queries->ListTools(*request, response); });
}

grpc::ServerUnaryReactor* CatalogHandlers::ListChanges(grpc::CallbackServerContext* context,
                                                       const v1::ListChangesRequest* request,
                                                       v1::ListChangesResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListChanges",
                     [this, request, response] { return Take(parts_.changes->List(*request), response); });
}

grpc::ServerUnaryReactor* CatalogHandlers::SearchTools(grpc::CallbackServerContext* context,
                                                       const v1::SearchToolsRequest* request,
                                                       v1::SearchToolsResponse* response) {
  return ServeReadOn(*parts_.reads, context, "SearchTools",
                     [this, request, response] { return parts_.queries->SearchTools(*request, response); });
}

grpc::ServerUnaryReactor* CatalogHandlers::ListCapabilities(grpc::CallbackServerContext* context,
                                                            const v1::ListCapabilitiesRequest* request,
                                                            v1::ListCapabilitiesResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListCapabilities",
                     [this, request, response] { return parts_.queries->ListCapabilities(*request, response); });
}

grpc::ServerUnaryReactor* CatalogHandlers::ListCapabilityTools(grpc::CallbackServerContext* context,
                                                               const v1::ListCapabilityToolsRequest* request,
                                                               v1::ListCapabilityToolsResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListCapabilityTools",
                     [this, request, response] { return parts_.queries->ListCapabilityTools(*request, response); });
}

grpc::ServerUnaryReactor* CatalogHandlers::ImportTools(grpc::CallbackServerContext* context,
                                                       const v1::ImportToolsRequest* request,
                                                       v1::ImportToolsResponse* response) {
  const CallInfo call = InfoOf(*context);
  const int64_t bytes = static_cast<int64_t>(request->ByteSizeLong());
  auto finish = [this, call, bytes](const absl::Status& status) {
    import_bytes_ -= bytes;
    LogCall("ImportTools", call, status);
    return status.ok() ? status : NotExecuted(status);
  };
  if ((import_bytes_ += bytes) > kMaxImportBytesInFlight) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(finish(QueueFull())));
    return reactor;
  }
  auto work = [this, call, context, request, response] {
    absl::Status status = Guarded("ImportTools", [&] {
      return Take(parts_.importer->Import(*request, call, [context] { return context->IsCancelled(); }), response);
    });
    // Parts of it may have been stored before the exception.
    return ErrorReason(status) == kReasonInternalError ? OutcomeUnknown(status) : status;
  };
  return ServeOn(*parts_.imports, context, work, finish);
}

grpc::ServerUnaryReactor* CatalogHandlers::ExportTools(grpc::CallbackServerContext* context,
                                                       const v1::ExportToolsRequest* request,
                                                       v1::ExportToolsResponse* response) {
  return parts_.export_calls->Serve(context, *request, response);
}

grpc::ServerWriteReactor<v1::StreamExportResponse>* CatalogHandlers::StreamExport(
    grpc::CallbackServerContext* context, const v1::StreamExportRequest* request) {
  return parts_.export_streams->Open(context, *request);
}

absl::Status CatalogHandlers::Admit(const std::shared_ptr<WatchStream>& stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(std::remove_if(streams_.begin(), streams_.end(), [](const auto& weak) { return weak.expired(); }),
                 streams_.end());
  if (draining_) return absl::UnavailableError("the server is shutting down");
  if (streams_.size() >= kMaxStreams) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this server serves ", kMaxStreams, " watch streams at most; try another replica"));
  }
  streams_.push_back(stream);
  return absl::OkStatus();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* CatalogHandlers::WatchTools(grpc::CallbackServerContext* context,
                                                                        const grpc::ByteBuffer* request) {
  v1::WatchToolsRequest parsed;
  grpc::ByteBuffer copy = *request;
  if (!grpc::SerializationTraits<v1::WatchToolsRequest>::Deserialize(&copy, &parsed).ok()) {
    return new RefusedStream(InvalidArgumentError("", "the request is not a WatchToolsRequest"));
  }
  if (absl::Status status = CheckWatchRequest(parsed, parts_.validator->vocabulary()); !status.ok()) {
    return new RefusedStream(status);
  }
  std::vector<std::string> capabilities;
  if (!parsed.capability().empty()) capabilities = parts_.aliases->NamesFor(parsed.capability());
  WatchFilter filter(parsed, std::move(capabilities));
  std::shared_ptr<WatchStream> stream = WatchStream::Create(parts_.watch, parsed, std::move(filter), context);
  if (absl::Status status = Admit(stream); !status.ok()) return new RefusedStream(status);
  stream->Start();
  return stream.get();
}

grpc::ServerUnaryReactor* CatalogHandlers::ListReplicas(grpc::CallbackServerContext* context,
                                                        const v1::ListReplicasRequest* request,
                                                        v1::ListReplicasResponse* response) {
  return parts_.reports->ListReplicas(context, request, response);
}

grpc::ServerUnaryReactor* CatalogHandlers::ReportReloadEvents(grpc::CallbackServerContext* context,
                                                              const v1::ReportReloadEventsRequest* request,
                                                              v1::ReportReloadEventsResponse* response) {
  return parts_.reports->Report(context, request, response);
}

grpc::ServerUnaryReactor* CatalogHandlers::ListStoredReloadEvents(grpc::CallbackServerContext* context,
                                                                  const v1::ListReloadEventsRequest* request,
                                                                  v1::ListReloadEventsResponse* response) {
  return parts_.reports->ListEvents(context, request, response);
}

grpc::ServerUnaryReactor* CatalogHandlers::GetRevision(grpc::CallbackServerContext* context,
                                                       const v1::GetRevisionRequest* request,
                                                       v1::GetRevisionResponse* response) {
  return ServeReadOn(*parts_.reads, context, "GetRevision",
                     [this, response] { return parts_.state->Revision(response); });
}

grpc::ServerUnaryReactor* CatalogHandlers::ListContentHashes(grpc::CallbackServerContext* context,
                                                             const v1::ListContentHashesRequest* request,
                                                             v1::ListContentHashesResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListContentHashes",
                     [this, request, response] { return parts_.state->ContentHashes(*request, response); });
}

grpc::ServerUnaryReactor* CatalogHandlers::StoreReloadHook(grpc::CallbackServerContext* context,
                                                           const v1::StoreReloadHookRequest* request,
                                                           v1::StoreReloadHookResponse* response) {
  return parts_.reports->StoreHook(context, request, response);
}

grpc::ServerUnaryReactor* CatalogHandlers::RemoveReloadHook(grpc::CallbackServerContext* context,
                                                            const v1::RemoveReloadHookRequest* request,
                                                            v1::RemoveReloadHookResponse* response) {
  return parts_.reports->RemoveHook(context, request, response);
}

void CatalogHandlers::FinishStreams() {
  parts_.export_streams->Finish();
  std::vector<std::shared_ptr<WatchStream>> open;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    for (const auto& weak : streams_) {
      if (auto stream = weak.lock()) open.push_back(std::move(stream));
    }
  }
  for (const auto& stream : open) stream->End(absl::UnavailableError("the server is shutting down"));
}

}  // namespace toolcatalog
